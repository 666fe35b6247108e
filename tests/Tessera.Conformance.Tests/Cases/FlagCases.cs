using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>ioctl_iflags(2): what chattr(1) sets on directories and files; how statx(2) tells it.</summary>
internal static class FlagCases
{
    private const int Immutable = 0x10;
    private const int AppendOnly = 0x20;
    private const int NoDump = 0x40;
    private const int NoAccessTime = 0x80;

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL-directory", "In an immutable directory nothing is made, removed, renamed or linked; files in it are written.")]
    public static void ImmutableDirectory(Room room) => WithFlag(room, "d", Immutable, () =>
    {
        Expect.Errno(Errno.EPERM, () => room.Open("d/new", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File));
        Expect.Errno(Errno.EPERM, () => Kernel.MakeDirectory(room["d/new"]));
        Expect.Errno(Errno.EPERM, () => Kernel.MakeLink("x", room["d/new"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Link(room["a"], room["d/new"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Unlink(room["d/a"]));
        Expect.Errno(Errno.EPERM, () => Kernel.RemoveDirectory(room["d/e"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["d/a"], room["d/b"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["a"], room["d/b"]));
        Kernel.Write(room.Open("d/a", OpenFlag.WriteOnly), "x");
    });

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL-self", "An immutable directory is not removed, renamed or changed in mode, owner, times or attributes.")]
    public static void ImmutableItself(Room room) => WithFlag(room, "d", Immutable, () =>
    {
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["d"], room["b"]));
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeMode(room["d"], 0));
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["d"], 5, 5));
        Expect.Errno(Errno.EPERM, () => Kernel.SetTimes(room["d"], new TimeStamp(1, 0), new TimeStamp(1, 0)));
        Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["d"], "user.x", [1]));
        Expect.Errno(Errno.EPERM, () => new AccessList(7, 7, 7).SetOn(room["d"]));
    });

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL-tmpfile", "O_TMPFILE in an immutable directory.")]
    public static void ImmutableTemporary(Room room) => WithFlag(room, "d", Immutable, () =>
        Expect.Errno(Errno.EPERM, () => room.Open("d", OpenFlag.Temporary | OpenFlag.ReadWrite, Mode.File)));

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL-replace", "An immutable file is not replaced by a rename over it.")]
    public static void ImmutableTarget(Room room) => WithFlag(room, "d/a", Immutable, () =>
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["a"], room["d/a"])));

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL-times", "The times, attributes and owner of an immutable file; now is EPERM too.")]
    public static void ImmutableAttributes(Room room) => WithFlag(room, "a", Immutable, () =>
    {
        Expect.Errno(Errno.EPERM, () => Kernel.Touch(room["a"]));
        Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["a"], "user.x", [1]));
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], 5, 5));
    });

    [Clause("ioctl_iflags.2:FS_APPEND_FL-directory", "In an append-only directory names are made, and not removed, renamed or replaced.")]
    public static void AppendOnlyDirectory(Room room) => WithFlag(room, "d", AppendOnly, () =>
    {
        room.File("d/new");
        Kernel.MakeDirectory(room["d/newer"]);
        Kernel.Link(room["a"], room["d/linked"]);
        Expect.Errno(Errno.EPERM, () => Kernel.Unlink(room["d/new"]));
        Expect.Errno(Errno.EPERM, () => Kernel.RemoveDirectory(room["d/newer"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["d/new"], room["d/b"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["a"], room["d/new"]));
    });

    [Clause("ioctl_iflags.2:FS_APPEND_FL-now", "The times of an append-only file are set to now only.")]
    public static void AppendOnlyTimes(Room room) => WithFlag(room, "a", AppendOnly, () =>
    {
        Kernel.Touch(room["a"]);
        Expect.Errno(Errno.EPERM, () => Kernel.SetTimes(room["a"], new TimeStamp(1, 0), new TimeStamp(1, 0)));
        Expect.Errno(Errno.EPERM, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Append | OpenFlag.Truncate));
        Expect.Errno(Errno.EPERM, () => Kernel.Link(room["a"], room["b"]));
    });

    [Clause("ioctl_iflags.2:FS_NOATIME_FL", "The access time of such a file is not marked.")]
    public static void QuietFile(Room room) => WithFlag(room, "a", NoAccessTime, () =>
    {
        Kernel.SetTimes(room["a"], new TimeStamp(1000, 0), new TimeStamp(2000, 0));
        Kernel.ReadFile(room["a"]);
        Kernel.Stat(room["a"]).Accessed.ShouldBe(new TimeStamp(1000, 0));
    });

    [Clause("ioctl_iflags.2:FS_NODUMP_FL", "Kept, and hinders nothing.")]
    public static void NotDumped(Room room) => WithFlag(room, "a", NoDump, () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));

    [Clause("ioctl_iflags.2:EPERM-owner", "Who is neither the owner nor privileged changes no flag.")]
    public static void NotOwner(Room room)
    {
        room.File("a", "", Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Flag(room, "a", NoDump)));
    }

    [Clause("ioctl_iflags.2:EPERM-capability", "Immutable and append-only want CAP_LINUX_IMMUTABLE; the owner alone changes the others.")]
    public static void NotPrivileged(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            Flag(room, "a", NoDump);
            Expect.Errno(Errno.EPERM, () => Flag(room, "a", Immutable));
            Expect.Errno(Errno.EPERM, () => Flag(room, "a", AppendOnly));
        });
    }

    [Clause("statx.2:stx_attributes", "Immutable, append-only and no-dump show as STATX_ATTR_ bits, and the mask says that they would.")]
    public static void ShownByStatx(Room room)
    {
        foreach (int flag in new[] { Immutable, AppendOnly, NoDump })
        {
            WithFlag(room, "d/a", flag, () =>
            {
                Attributes file = Kernel.Stat(room["d/a"]);
                Expect.Value($"bits for flag 0x{flag:X}", (ulong)flag, file.Flags & (Immutable | AppendOnly | NoDump));
                Expect.Value($"mask for flag 0x{flag:X}", (ulong)flag, file.FlagsMask & (ulong)flag);
            });
        }
    }

    [Clause("ioctl_iflags.2:directory", "Flags are kept on directories and survive a rename.")]
    public static void KeptByRename(Room room)
    {
        room.Directory("x");
        Flag(room, "x", NoDump);
        Kernel.Rename(room["x"], room["y"]);
        (Kernel.InodeFlags(room.Open("y", OpenFlag.Directory)) & NoDump).ShouldBe(NoDump);
    }

    private static void Flag(Room room, string name, int flag)
    {
        int file = room.Open(name, OpenFlag.ReadOnly);
        Kernel.SetInodeFlags(file, Kernel.InodeFlags(file) | flag);
    }

    /// <summary>Files "a" and "d/a" and directories "d" and "d/e", one of them with a flag.</summary>
    private static void WithFlag(Room room, string name, int flag, Action action)
    {
        if (!Directory.Exists(room["d"]))
        {
            room.File("a", "abc");
            room.Directory("d");
            room.Directory("d/e");
            room.File("d/a", "abc");
        }

        int file = room.Open(name, OpenFlag.ReadOnly);
        int before = Kernel.InodeFlags(file);
        Kernel.SetInodeFlags(file, before | flag);
        try
        {
            action();
        }
        finally
        {
            Kernel.SetInodeFlags(file, before);
        }
    }
}
