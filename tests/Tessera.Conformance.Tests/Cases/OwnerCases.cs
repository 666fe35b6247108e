using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>chmod(2), chown(2), access(2), and who loses the set-user-ID and set-group-ID bits when.</summary>
internal static class OwnerCases
{
    /// <summary>struct vfs_cap_data, revision 2: CAP_NET_BIND_SERVICE permitted and effective.</summary>
    private static readonly byte[] s_capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];

    private const uint Same = uint.MaxValue;
    private const uint Both = Mode.SetUser | Mode.SetGroup;

    [Clause("chmod.2:bits", "All twelve bits are set and read back.")]
    public static void EveryBit(Room room)
    {
        Kernel.ChangeMode(room.File("a"), Mode.Bits);
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.Bits);
        Kernel.ChangeMode(room["a"], 0);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0U);
    }

    [Clause("fchmod.2:descriptor", "fchmod works through a descriptor opened for reading.")]
    public static void ByDescriptor(Room room)
    {
        room.File("a");
        Kernel.ChangeMode(room.Open("a", OpenFlag.ReadOnly), 0x1C0);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1C0U);
    }

    [Clause("chmod.2:EPERM", "The task is neither the owner nor privileged.")]
    public static void NotOwner(Room room)
    {
        room.File("a", "", Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeMode(room["a"], 0)));
    }

    [Clause("chmod.2:owner", "The owner may, without write permission.")]
    public static void ByOwner(Room room)
    {
        Kernel.ChangeOwner(room.File("a", "", 0), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.ChangeMode(room["a"], 0x1C0));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1C0U);
    }

    [Clause("chmod.2:symlink", "A symbolic link is followed.")]
    public static void ThroughLink(Room room)
    {
        room.File("a");
        Kernel.MakeLink("a", room["l"]);
        Kernel.ChangeMode(room["l"], 0x180);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x180U);
    }

    [Clause("chmod.2:S_ISGID", "An unprivileged owner outside the file's group cannot set the set-group-ID bit: it is cleared, no error.")]
    public static void ForeignGroup(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, 5000);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.ChangeMode(room["a"], Mode.SetGroup | Mode.Directory));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.Directory);
    }

    [Clause("chmod.2:S_ISGID-member", "A member of the group sets it.")]
    public static void OwnGroup(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, 5000);
        Task.As(Task.Somebody, Task.Somebody, [5000], () => Kernel.ChangeMode(room["a"], Mode.SetGroup | Mode.Directory));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | Mode.Directory);
    }

    [Clause("chmod.2:ENOENT", "The file does not exist.")]
    public static void Absent(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.ChangeMode(room["a"], 0));

    [Clause("chown.2:sets", "Owner and group are set, also large ids; -1 leaves either.")]
    public static void Chowns(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), 4_000_000_000, 3_000_000_000);
        Kernel.ChangeOwner(room["a"], Same, 7);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Uid.ShouldBe(4_000_000_000U), it => it.Gid.ShouldBe(7U));
    }

    [Clause("chown.2:EPERM", "Only a privileged task changes the owner.")]
    public static void GivesAway(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Task.Other, Same)));
    }

    [Clause("chown.2:group-member", "The owner may change the group to any of its groups.")]
    public static void OwnGroups(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, [5000], () => Kernel.ChangeOwner(room["a"], Same, 5000));
        Kernel.Stat(room["a"]).Gid.ShouldBe(5000U);
    }

    [Clause("chown.2:EPERM-group", "The owner may not change it to a group it is not in.")]
    public static void ForeignGroups(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, [5000], () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Same, 5001)));
    }

    [Clause("chown.2:EPERM-nobody-new", "Who may write to a set-user-ID file and does not own it may not change its owner, not even to the one it has.")]
    public static void ChangesNothing(Room room)
    {
        SetIdFile(room, Mode.SetUser | 0x1B6);
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Same, Same)));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetUser | 0x1B6U);
    }

    [Clause("chown.2:EPERM-stranger", "Nor may who cannot even write to it.")]
    public static void StrangerChangesNothing(Room room)
    {
        SetIdFile(room, Mode.SetUser | 0x1ED);
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Same, Same)));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetUser | 0x1EDU);
    }

    [Clause("chown.2:EPERM-writer", "Nor while he has it open for writing himself.")]
    public static void WriterChangesNothing(Room room)
    {
        SetIdFile(room, Mode.SetUser | 0x1B6);
        Task.As(Task.Other, Task.Other, () =>
        {
            room.Keep(Kernel.Open(room["a"], OpenFlag.WriteOnly));
            Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Same, Same));
        });
    }

    [Clause("chown.2:EPERM-open", "Nor while somebody else has it open for writing.")]
    public static void OpenChangesNothing(Room room)
    {
        SetIdFile(room, Mode.SetUser | 0x1ED);
        room.Keep(Kernel.Open(room["a"], OpenFlag.WriteOnly));
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Same, Same)));
    }

    [Clause("lchown.2:symlink", "With AT_SYMLINK_NOFOLLOW the link itself is changed.")]
    public static void ChownsLink(Room room)
    {
        room.File("a");
        Kernel.MakeLink("a", room["l"]);
        Kernel.ChangeOwner(room["l"], 5, 6, Kernel.NoFollow);
        Kernel.Stat(room["l"]).Uid.ShouldBe(5U);
        Kernel.Stat(room["a"]).Uid.ShouldBe(0U);
    }

    [Clause("chown.2:clears-unprivileged", "An unprivileged chown of an executable file clears both bits.")]
    public static void ChownClears(Room room)
    {
        SetIdFile(room, Both | Mode.Directory);
        Task.As(Task.Somebody, Task.Somebody, [5000], () => Kernel.ChangeOwner(room["a"], Same, 5000));
        (Kernel.Stat(room["a"]).Mode & Both).ShouldBe(0U);
    }

    [Clause("chown.2:clears-root", "On Linux root's chown clears them too.")]
    public static void ChownByRootClears(Room room)
    {
        SetIdFile(room, Both | Mode.Directory);
        Kernel.ChangeOwner(room["a"], 5, 6);
        (Kernel.Stat(room["a"]).Mode & Both).ShouldBe(0U);
    }

    [Clause("chown.2:keeps-directory", "A directory keeps its set-group-ID bit.")]
    public static void ChownOfDirectory(Room room)
    {
        room.Directory("a", Mode.SetGroup | Mode.Directory);
        Kernel.ChangeOwner(room["a"], 5, 6);
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | Mode.Directory);
    }

    [Clause("chown.2:mandatory-lock", "S_ISGID without group execution is kept when root changes the owner.")]
    public static void KeepsLockingBit(Room room)
    {
        SetIdFile(room, Mode.SetGroup | 0x1A4);
        Kernel.ChangeOwner(room["a"], 5, 6);
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | 0x1A4U);
    }

    [Clause("write.2:clears", "A write by an unprivileged task clears S_ISUID and, with group execution, S_ISGID.")]
    public static void WriteClears(Room room)
    {
        SetIdFile(room, Both | Mode.All);
        Task.As(Task.Other, Task.Other, () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.All);
    }

    [Clause("write.2:clears-foreign-group", "A write by a task outside the file's group clears S_ISGID also without group execution.")]
    public static void WriteByStrangerClears(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, [5001], () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1A4U);
    }

    [Clause("write.2:keeps-own-group", "A member's write, by a supplementary group too, keeps S_ISGID without group execution.")]
    public static void WriteByMemberKeeps(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, [4999, 5000, 5001], () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | 0x1A4U);
    }

    [Clause("truncate.2:clears-foreign-group", "So does a truncation by a task outside the group,")]
    public static void TruncateByStrangerClears(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Truncate(room["a"], 0));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1A4U);
    }

    [Clause("truncate.2:keeps-own-group", "and not one by a member.")]
    public static void TruncateByMemberKeeps(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, [4998, 4999, 5000], () => Kernel.Truncate(room["a"], 0));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | 0x1A4U);
    }

    [Clause("open.2:O_TRUNC-clears-foreign-group", "O_TRUNC by a task outside the group clears it,")]
    public static void OpenByStrangerClears(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1A4U);
    }

    [Clause("chown.2:clears-foreign-group", "and the owner's change of group, who is not in the old one.")]
    public static void ChangeOfGroupByStrangerClears(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, [5001], () => Kernel.ChangeOwner(room["a"], Same, 5001));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1A4U);
    }

    [Clause("chown.2:keeps-own-group", "A member's change of group keeps it.")]
    public static void ChangeOfGroupByMemberKeeps(Room room)
    {
        OwnedFile(room, 5000, Mode.SetGroup | 0x1A4);
        Task.As(Task.Somebody, Task.Somebody, [5000, 5001], () => Kernel.ChangeOwner(room["a"], Same, 5001));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.SetGroup | 0x1A4U);
    }

    [Clause("write.2:clears-not-root", "A write by root (CAP_FSETID) keeps them.")]
    public static void WriteByRootKeeps(Room room)
    {
        SetIdFile(room, Both | Mode.All);
        Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x");
        Kernel.Stat(room["a"]).Bits.ShouldBe(Both | Mode.All);
    }

    [Clause("truncate.2:clears", "A truncate by an unprivileged task clears them.")]
    public static void TruncateClears(Room room)
    {
        SetIdFile(room, Both | Mode.All);
        Task.As(Task.Other, Task.Other, () => Kernel.Truncate(room["a"], 1));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.All);
    }

    [Clause("open.2:O_TRUNC-clears", "O_TRUNC by an unprivileged task clears them.")]
    public static void OpenClears(Room room)
    {
        SetIdFile(room, Both | Mode.All);
        Task.As(Task.Other, Task.Other, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.All);
    }

    [Clause("capabilities.7:file-chown", "A change of owner removes a file's capabilities, also when root makes it.")]
    public static void ChownDropsCapabilities(Room room) => DropsCapability(room, () => Kernel.ChangeOwner(room["a"], 5, 6));

    [Clause("capabilities.7:file-truncate", "So does a change of size, by path,")]
    public static void TruncateDropsCapabilities(Room room) => DropsCapability(room, () => Kernel.Truncate(room["a"], 1));

    [Clause("capabilities.7:file-ftruncate", "by descriptor,")]
    public static void TruncateOfOpenDropsCapabilities(Room room) => DropsCapability(room, () => Kernel.Truncate(room.Open("a", OpenFlag.WriteOnly), 1));

    [Clause("capabilities.7:file-O_TRUNC", "and by O_TRUNC,")]
    public static void OpenDropsCapabilities(Room room) => DropsCapability(room, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));

    [Clause("capabilities.7:file-fallocate", "and fallocate,")]
    public static void AllocateDropsCapabilities(Room room) => DropsCapability(room, () => Kernel.Allocate(room.Open("a", OpenFlag.WriteOnly), 0, 0, 8192));

    [Clause("capabilities.7:file-copy_file_range", "and copy_file_range to it.")]
    public static void CopyDropsCapabilities(Room room)
    {
        room.File("from", "xyz");
        DropsCapability(room, () => Kernel.CopyRange(room.Open("from", OpenFlag.ReadOnly), 0, room.Open("a", OpenFlag.WriteOnly), 0, 3));
    }

    [Clause("capabilities.7:file-chmod", "A change of mode, of times, or of another attribute leaves them.")]
    public static void ChmodKeepsCapabilities(Room room)
    {
        Kernel.SetXattr(room.File("a", "abc", Mode.All), "security.capability", s_capability);
        Kernel.ChangeMode(room["a"], Mode.File);
        Kernel.Touch(room["a"]);
        Kernel.SetXattr(room["a"], "user.x", [1]);
        Kernel.GetXattr(room["a"], "security.capability").ShouldBe(s_capability);
    }

    [Clause("capabilities.7:file-write", "A write removes a file's capabilities (security.capability).")]
    public static void WriteDropsCapabilities(Room room) => DropsCapability(room, () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));

    [Clause("access.2:root", "Root may read and write anything, and execute what somebody may.")]
    public static void RootAccess(Room room)
    {
        Kernel.Access(room.File("a", "", 0), 6);
        Expect.Errno(Errno.EACCES, () => Kernel.Access(room["a"], 1));
        Kernel.Access(room.File("b", "", 1), 1);
    }

    [Clause("access.2:EACCES", "A bit that is not granted.")]
    public static void AccessDenied(Room room)
    {
        room.File("a");
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            Kernel.Access(room["a"], 4);
            Expect.Errno(Errno.EACCES, () => Kernel.Access(room["a"], 2));
        });
    }

    [Clause("access.2:ENOENT", "F_OK of what does not exist, or of a dangling link.")]
    public static void AccessAbsent(Room room)
    {
        Kernel.MakeLink("nowhere", room["l"]);
        Expect.Errno(Errno.ENOENT, () => Kernel.Access(room["a"], 0));
        Expect.Errno(Errno.ENOENT, () => Kernel.Access(room["l"], 0));
    }

    [Clause("path_resolution.7:read-directory", "Listing wants read permission of the directory, reaching a name only search.")]
    public static void SearchOnly(Room room)
    {
        room.Directory("d", 0x49);
        room.File("d/a");
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            Kernel.Stat(room["d/a"]);
            Expect.Errno(Errno.EACCES, () => room.Open("d", OpenFlag.Directory));
        });
    }

    private static void DropsCapability(Room room, Action action)
    {
        Kernel.SetXattr(room.File("a", "abc", Mode.All), "security.capability", s_capability);
        Kernel.GetXattr(room["a"], "security.capability").ShouldBe(s_capability);
        action();
        Expect.Errno(Errno.ENODATA, () => Kernel.GetXattr(room["a"], "security.capability"));
    }

    private static void SetIdFile(Room room, uint mode)
    {
        Kernel.ChangeOwner(room.File("a", "abc"), Task.Somebody, Task.Somebody);
        Kernel.ChangeMode(room["a"], mode);
    }

    private static void OwnedFile(Room room, uint group, uint mode)
    {
        Kernel.ChangeOwner(room.File("a", "abc"), Task.Somebody, group);
        Kernel.ChangeMode(room["a"], mode);
    }
}
