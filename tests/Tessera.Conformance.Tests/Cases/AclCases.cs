using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>acl(5): access control lists.</summary>
internal static class AclCases
{
    private const ushort All = 7;
    private const ushort ReadWrite = 6;
    private const ushort Read = 4;
    private const uint Team = 5000;
    private const int Reading = OpenFlag.ReadOnly;
    private const int Writing = OpenFlag.WriteOnly;

    [Clause("acl.5:owner", "The owner has the rights of ACL_USER_OBJ, whatever the mask and other entries say.")]
    public static void Owner(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Team);
        new AccessList(Read, ReadWrite, ReadWrite).User(Task.Somebody, ReadWrite).Mask(ReadWrite).SetOn(room["a"]);
        Task.As(Task.Somebody, Team, () =>
        {
            room.Open("a", Reading);
            Expect.Errno(Errno.EACCES, () => room.Open("a", Writing));
        });
    }

    [Clause("acl.5:named-user", "A named user has the entry's rights, and not those of a group or of others.")]
    public static void NamedUser(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, ReadWrite, ReadWrite).User(Task.Somebody, Read).Mask(ReadWrite).SetOn(room["a"]);
        Task.As(Task.Somebody, 0, () =>
        {
            room.Open("a", Reading);
            Expect.Errno(Errno.EACCES, () => room.Open("a", Writing));
        });
        Task.As(Task.Other, Task.Other, () => room.Open("a", Writing));
    }

    [Clause("acl.5:mask", "The mask limits named users, the owning group and named groups, not the owner or others.")]
    public static void Mask(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Other, Team);
        new AccessList(ReadWrite, ReadWrite, ReadWrite).User(Task.Somebody, ReadWrite).Group(5001, ReadWrite).Mask(Read).SetOn(room["a"]);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Writing)));
        Task.As(1003, Team, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Writing)));
        Task.As(1003, 5001, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Writing)));
        Task.As(Task.Other, Task.Other, () => room.Open("a", Writing));
        Task.As(1003, 1003, () => room.Open("a", Writing));
    }

    [Clause("acl.5:groups", "Of the group entries that fit, one that grants is enough.")]
    public static void Groups(Room room)
    {
        Kernel.ChangeOwner(room.File("a", "", 0), 0, Team);
        new AccessList(0, Read, 0).Group(5001, ReadWrite).Mask(ReadWrite).SetOn(room["a"]);
        Task.As(Task.Somebody, Team, [5001], () => room.Open("a", OpenFlag.ReadWrite));
        Task.As(Task.Somebody, Team, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Writing)));
    }

    [Clause("acl.5:group-denies", "When group entries fit and none grants, access is denied, whatever others have.")]
    public static void GroupDenies(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, Read, All).Group(5001, 0).Mask(All).SetOn(room["a"]);
        Task.As(Task.Somebody, Task.Somebody, [5001], () => Expect.Errno(Errno.EACCES, () => room.Open("a", Reading)));
        Task.As(Task.Somebody, Task.Somebody, () => room.Open("a", Writing));
    }

    [Clause("acl.5:supplementary", "Named groups hold for each of many supplementary groups.")]
    public static void Supplementary(Room room)
    {
        room.File("a", "", 0);
        new AccessList(0, 0, 0).Group(5017, Read).Mask(Read).SetOn(room["a"]);
        uint[] groups = [.. Enumerable.Range(5000, 20).Select(gid => (uint)gid)];
        Task.As(Task.Somebody, Task.Somebody, groups, () => room.Open("a", Reading));
    }

    [Clause("acl.5:search", "Lists guard the search of directories.")]
    public static void Search(Room room)
    {
        room.Directory("d", 0x1C0);
        room.File("d/a");
        new AccessList(All, 0, 0).User(Task.Somebody, 1).Mask(All).SetOn(room["d"]);
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            room.Open("d/a", Reading);
            Expect.Errno(Errno.EACCES, () => room.Open("d", OpenFlag.Directory));
        });
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EACCES, () => room.Open("d/a", Reading)));
    }

    [Clause("acl.5:create", "Lists guard creation and removal in directories.")]
    public static void Creation(Room room)
    {
        room.Directory("d");
        new AccessList(All, 5, 5).User(Task.Somebody, All).Mask(All).SetOn(room["d"]);
        Task.As(Task.Somebody, Task.Somebody, () => room.File("d/a"));
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EACCES, () => Kernel.Unlink(room["d/a"])));
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Unlink(room["d/a"]));
    }

    [Clause("acl.5:mode-of-list", "A list sets the mode: owner and others as they are, the group's bits from the mask.")]
    public static void SetsMode(Room room)
    {
        room.File("a");
        new AccessList(All, Read, 1).User(Task.Somebody, 0).Mask(ReadWrite).SetOn(room["a"]);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1F1U);
    }

    [Clause("acl.5:chmod-mask", "With a mask chmod changes the mask, and not the owning group's entry.")]
    public static void ChmodSetsMask(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, Read, 0).User(Task.Somebody, ReadWrite).Mask(ReadWrite).SetOn(room["a"]);
        Kernel.ChangeMode(room["a"], 0x1E1);
        AccessList.Of(room["a"]).ShouldBe("u::7 u:1001:6 g::4 m::4 o::1");
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1E1U);
    }

    [Clause("acl.5:chmod-denies", "chmod 0600 takes a named user's rights away, and chmod back returns them.")]
    public static void ChmodDenies(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, Read, 0).User(Task.Somebody, ReadWrite).Mask(ReadWrite).SetOn(room["a"]);
        Kernel.ChangeMode(room["a"], 0x180);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Reading)));
        Kernel.ChangeMode(room["a"], 0x1B0);
        Task.As(Task.Somebody, Task.Somebody, () => room.Open("a", OpenFlag.ReadWrite));
    }

    [Clause("acl.5:minimal", "A list of the three base entries is the mode: nothing else is kept.")]
    public static void Minimal(Room room)
    {
        room.File("a");
        new AccessList(All, 5, 1).SetOn(room["a"]);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1E9U);
        Expect.Errno(Errno.ENODATA, () => AccessList.Of(room["a"]));
        Kernel.ListXattr(room["a"]).ShouldBeEmpty();
    }

    [Clause("acl.5:value", "A list is read back as it was set, and listed.")]
    public static void Value(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, Read, 0).User(Task.Somebody, 1).User(Task.Other, 2).Group(5001, 3).Mask(All).SetOn(room["a"]);
        AccessList.Of(room["a"]).ShouldBe("u::6 u:1001:1 u:1002:2 g::4 g:5001:3 m::7 o::0");
        Kernel.ListXattr(room["a"]).ShouldBe([AccessList.Access]);
    }

    [Clause("acl.5:remove", "Without its list a file has the rights of its mode, whose group bits were the mask.")]
    public static void Removes(Room room)
    {
        room.File("a");
        new AccessList(ReadWrite, 0, 0).User(Task.Somebody, ReadWrite).Mask(ReadWrite).SetOn(room["a"]);
        Kernel.RemoveXattr(room["a"], AccessList.Access);
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1B0U);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Reading)));
    }

    [Clause("acl.5:default-file", "A file made in a directory with a default list has that list, narrowed by the mode asked for.")]
    public static void DefaultForFile(Room room)
    {
        WithDefault(room);
        room.Open("d/a", OpenFlag.WriteOnly | OpenFlag.Create, 0x1A0);
        AccessList.Of(room["d/a"]).ShouldBe("u::6 u:1001:7 g::5 m::4 o::0");
        Kernel.Stat(room["d/a"]).Bits.ShouldBe(0x1A0U);
        Expect.Errno(Errno.EACCES, () => new AccessList(0, 0, 0).SetOn(room["d/a"], AccessList.Default));
    }

    [Clause("acl.5:default-umask", "There the umask is not applied.")]
    public static void DefaultAndMask(Room room)
    {
        WithDefault(room);
        Task.WithMask(Mode.All, () => room.Open("d/a", OpenFlag.WriteOnly | OpenFlag.Create, 0x1B6));
        Kernel.Stat(room["d/a"]).Bits.ShouldBe(0x1B4U);
    }

    [Clause("acl.5:default-directory", "A directory made there takes the list for access and as its own default.")]
    public static void DefaultForDirectory(Room room)
    {
        WithDefault(room);
        Kernel.MakeDirectory(room["d/e"], Mode.All);
        AccessList.Of(room["d/e"]).ShouldBe("u::7 u:1001:7 g::5 m::7 o::4");
        AccessList.Of(room["d/e"], AccessList.Default).ShouldBe("u::7 u:1001:7 g::5 m::7 o::4");
    }

    [Clause("acl.5:default-node", "A FIFO made there takes the list.")]
    public static void DefaultForNode(Room room)
    {
        WithDefault(room);
        Kernel.MakeNode(room["d/p"], Mode.Fifo | 0x1B6);
        AccessList.Of(room["d/p"]).ShouldBe("u::6 u:1001:7 g::5 m::6 o::4");
    }

    [Clause("acl.5:default-tmpfile", "An O_TMPFILE file made there takes the list.")]
    public static void DefaultForUnnamed(Room room)
    {
        WithDefault(room);
        int file = room.Open("d", OpenFlag.Temporary | OpenFlag.ReadWrite, 0x1B6);
        Kernel.Link($"/proc/self/fd/{file}", room["d/a"], Kernel.FollowLinks);
        AccessList.Of(room["d/a"]).ShouldBe("u::6 u:1001:7 g::5 m::6 o::4");
    }

    [Clause("acl.5:default-symlink", "A symbolic link has no list.")]
    public static void DefaultForLink(Room room)
    {
        WithDefault(room);
        Kernel.MakeLink("x", room["d/l"]);
        Expect.Errno(Errno.EOPNOTSUPP, () => Kernel.GetXattr(room["d/l"], AccessList.Access));
        Expect.Errno(Errno.EOPNOTSUPP, () => new AccessList(All, All, All).SetOn(room["d/l"]));
    }

    [Clause("acl.5:default-access", "The default list plays no part in access to the directory itself.")]
    public static void DefaultIsNotAccess(Room room)
    {
        WithDefault(room);
        Kernel.ChangeMode(room["d"], 0x1C0);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("d", OpenFlag.Directory)));
    }

    [Clause("acl.5:default-move", "What is moved or linked there keeps its own rights.")]
    public static void DefaultAndRename(Room room)
    {
        WithDefault(room);
        Kernel.Link(room.File("a"), room["d/linked"]);
        Kernel.Rename(room["a"], room["d/a"]);
        Expect.Errno(Errno.ENODATA, () => AccessList.Of(room["d/a"]));
    }

    [Clause("acl.5:default-remove", "Once removed, the umask counts again.")]
    public static void DefaultRemoved(Room room)
    {
        WithDefault(room);
        Kernel.RemoveXattr(room["d"], AccessList.Default);
        Task.WithMask(0x3F, () => room.Open("d/a", OpenFlag.WriteOnly | OpenFlag.Create, 0x1B6));
        Kernel.Stat(room["d/a"]).Bits.ShouldBe(0x180U);
    }

    [Clause("acl.5:EINVAL", "A list without ACL_OTHER, with named entries and no mask, or with one id twice, is not valid.")]
    public static void NotValid(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EINVAL, () => new AccessList(All, All, All).WithoutOther().SetOn(room["a"]));
        Expect.Errno(Errno.EINVAL, () => new AccessList(All, All, All).User(Task.Somebody, All).SetOn(room["a"]));
        Expect.Errno(Errno.EINVAL, () => Kernel.SetXattr(room["a"], AccessList.Access, [2, 0, 0, 0, 1]));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.File);
    }

    [Clause("acl.5:EPERM", "Only the owner and the privileged set a list.")]
    public static void NotOwner(Room room)
    {
        room.File("a", "", 0x1B6);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => new AccessList(All, All, All).SetOn(room["a"])));
        Kernel.ChangeOwner(room["a"], Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => new AccessList(All, All, All).SetOn(room["a"]));
    }

    [Clause("acl.5:S_ISGID", "An owner outside the file's group loses the set-group-ID bit by setting a list.")]
    public static void ClearsSetGroup(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Team);
        Kernel.ChangeMode(room["a"], Mode.SetGroup | Mode.Directory);
        Task.As(Task.Somebody, Task.Somebody, () => new AccessList(All, 5, 5).User(Task.Other, All).Mask(5).SetOn(room["a"]));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.Directory);
    }

    [Clause("acl.5:many", "A list of a hundred names is kept and decides.")]
    public static void Many(Room room)
    {
        room.File("a", "", 0);
        AccessList list = new(0, 0, 0);
        for (uint uid = 2000; uid < 2100; uid++)
        {
            list = list.User(uid, uid % 2 == 0 ? Read : (ushort)0);
        }

        list.Mask(Read).SetOn(room["a"]);
        Task.As(2098, 2098, () => room.Open("a", Reading));
        Task.As(2099, 2099, () => Expect.Errno(Errno.EACCES, () => room.Open("a", Reading)));
    }

    [Clause("acl.5:ctime", "Setting a list marks ctime, and nothing else; removing it too.")]
    public static void MarksChange(Room room)
    {
        room.File("a");
        TimeMarks.Of(room, "a", () => new AccessList(All, All, All).User(Task.Somebody, 0).Mask(All).SetOn(room["a"])).ShouldBe("c");
        TimeMarks.Of(room, "a", () => Kernel.RemoveXattr(room["a"], AccessList.Access)).ShouldBe("c");
    }

    /// <summary>A directory "d" whose default list gives user 1001 everything.</summary>
    private static void WithDefault(Room room)
    {
        room.Directory("d");
        new AccessList(All, 5, Read).User(Task.Somebody, All).Mask(All).SetOn(room["d"], AccessList.Default);
    }
}
