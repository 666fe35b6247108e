using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>rename(2), renameat2(2).</summary>
internal static class RenameCases
{
    [Clause("rename.2:moves", "The file is there under its new name, the same inode, and gone under the old.")]
    public static void Moves(Room room)
    {
        ulong inode = Kernel.Stat(room.File("a", "abc")).Inode;
        room.Directory("d");
        Kernel.Rename(room["a"], room["d/b"]);
        Kernel.Stat(room["d/b"]).Inode.ShouldBe(inode);
        Expect.Errno(Errno.ENOENT, () => Kernel.Stat(room["a"]));
    }

    [Clause("rename.2:replaces", "If newpath exists it is replaced; who has it open keeps the old file.")]
    public static void Replaces(Room room)
    {
        room.File("a", "new");
        room.File("b", "old");
        int file = room.Open("b", OpenFlag.ReadOnly);
        Kernel.Rename(room["a"], room["b"]);
        Kernel.ReadFile(room["b"]).ShouldBe("new");
        Kernel.Read(file, 10).ShouldBe("old");
        Kernel.Stat(file).Links.ShouldBe(0U);
    }

    [Clause("rename.2:same-file", "If both are hard links to the same file, rename does nothing and succeeds.")]
    public static void SameFile(Room room)
    {
        Kernel.Link(room.File("a"), room["b"]);
        Kernel.Rename(room["a"], room["b"]);
        Kernel.Stat(room["a"]).Links.ShouldBe(2U);
    }

    [Clause("rename.2:empty-directory", "A directory replaces an empty directory.")]
    public static void ReplacesDirectory(Room room)
    {
        room.Directory("a");
        room.File("a/f");
        Kernel.Rename(room["a"], room.Directory("b"));
        Kernel.Stat(room["b/f"]).Type.ShouldBe(Mode.Regular);
        Kernel.Stat(room.Path).Links.ShouldBe(3U);
    }

    [Clause("rename.2:ENOTEMPTY", "newpath is a nonempty directory.")]
    public static void NotEmpty(Room room)
    {
        room.Directory("b");
        room.File("b/f");
        Expect.Errno(Errno.ENOTEMPTY, () => Kernel.Rename(room.Directory("a"), room["b"]));
    }

    [Clause("rename.2:EISDIR", "newpath is a directory, oldpath is not.")]
    public static void FileOverDirectory(Room room) => Expect.Errno(Errno.EISDIR, () => Kernel.Rename(room.File("a"), room.Directory("b")));

    [Clause("rename.2:ENOTDIR", "oldpath is a directory, newpath exists and is not.")]
    public static void DirectoryOverFile(Room room) => Expect.Errno(Errno.ENOTDIR, () => Kernel.Rename(room.Directory("a"), room.File("b")));

    [Clause("rename.2:EINVAL-cycle", "newpath contains a path prefix of oldpath: a directory below itself.")]
    public static void Cycle(Room room)
    {
        room.Directory("a");
        room.Directory("a/b");
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a"], room["a/c"]));
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a"], room["a/b/c"]));
    }

    [Clause("rename.2:ENOTEMPTY-ancestor", "newpath is an ancestor of oldpath.")]
    public static void Ancestor(Room room)
    {
        room.Directory("a");
        room.Directory("a/b");
        Expect.Errno(Errno.ENOTEMPTY, () => Kernel.Rename(room["a/b"], room["a"]));
    }

    [Clause("rename.2:EBUSY-dot", "The last component is '.' or '..'.")]
    public static void Dot(Room room) => Expect.Errno(Errno.EBUSY, () => Kernel.Rename(room.Directory("a") + "/.", room["b"]));

    [Clause("rename.2:ENOENT", "oldpath does not exist; newpath is left.")]
    public static void Absent(Room room)
    {
        room.File("b", "kept");
        Expect.Errno(Errno.ENOENT, () => Kernel.Rename(room["a"], room["b"]));
        Kernel.ReadFile(room["b"]).ShouldBe("kept");
    }

    [Clause("rename.2:EXDEV", "oldpath and newpath are not on the same mounted file system.")]
    public static void Across(Room room) => Expect.Errno(Errno.EXDEV, () => Kernel.Rename(room.File("a"), "/dev/shm/conformance-rename"));

    [Clause("rename.2:ENAMETOOLONG", "newpath is too long.")]
    public static void LongName(Room room) => Expect.Errno(Errno.ENAMETOOLONG, () => Kernel.Rename(room.File("a"), room[new string('x', 256)]));

    [Clause("rename.2:symlink", "A symbolic link is renamed, and is overwritten, itself.")]
    public static void RenamesLink(Room room)
    {
        room.File("f", "target");
        Kernel.MakeLink("f", room["l"]);
        Kernel.Rename(room["l"], room["m"]);
        Kernel.ReadLink(room["m"]).ShouldBe("f");
        Kernel.Rename(room.File("g"), room["m"]);
        Kernel.ReadFile(room["f"]).ShouldBe("target");
    }

    [Clause("rename.2:EACCES", "Write permission is denied for the directory of either path.")]
    public static void Denied(Room room)
    {
        room.Directory("open", Mode.All);
        room.Directory("closed");
        Kernel.ChangeOwner(room.File("open/a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Rename(room["open/a"], room["closed/a"])));
    }

    [Clause("rename.2:EACCES-dotdot", "A directory moved to another parent must itself be writable: its '..' changes.")]
    public static void DeniedParent(Room room)
    {
        room.Directory("one", Mode.All);
        room.Directory("two", Mode.All);
        room.Directory("one/a");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Rename(room["one/a"], room["two/a"])));
    }

    [Clause("rename.2:EPERM-sticky", "In a sticky directory only an owner renames a file.")]
    public static void Sticky(Room room)
    {
        room.Directory("d", Mode.Sticky | Mode.All);
        room.File("d/a");
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["d/a"], room["d/b"])));
    }

    [Clause("rename.2:EPERM-sticky-target", "In a sticky directory only an owner replaces a file.")]
    public static void StickyTarget(Room room)
    {
        room.Directory("d", Mode.Sticky | Mode.All);
        Kernel.ChangeOwner(room.File("d/mine"), Task.Somebody, Task.Somebody);
        room.File("d/other");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["d/mine"], room["d/other"])));
    }

    [Clause("rename.2:nlink", "Moving a directory moves the count of its '..' from one parent to the other.")]
    public static void ParentLinks(Room room)
    {
        room.Directory("one");
        room.Directory("two");
        room.Directory("one/a");
        Kernel.Rename(room["one/a"], room["two/a"]);
        Kernel.Stat(room["one"]).Links.ShouldBe(2U);
        Kernel.Stat(room["two"]).Links.ShouldBe(3U);
        Kernel.Stat(room["two/a/.."]).Inode.ShouldBe(Kernel.Stat(room["two"]).Inode);
    }

    [Clause("rename.2:RENAME_NOREPLACE", "Do not overwrite newpath: EEXIST if it exists, else an ordinary rename.")]
    public static void NoReplace(Room room)
    {
        room.File("a", "new");
        room.File("b", "old");
        Expect.Errno(Errno.EEXIST, () => Kernel.Rename(room["a"], room["b"], Kernel.NoReplace));
        Kernel.Rename(room["a"], room["c"], Kernel.NoReplace);
        Kernel.ReadFile(room["c"]).ShouldBe("new");
    }

    [Clause("rename.2:RENAME_EXCHANGE", "Atomically exchange oldpath and newpath, also of different types.")]
    public static void Exchange(Room room)
    {
        room.File("a", "file");
        room.Directory("one");
        room.Directory("one/d");
        Kernel.Rename(room["a"], room["one/d"], Kernel.Exchange);
        Kernel.ReadFile(room["one/d"]).ShouldBe("file");
        Kernel.Stat(room["a"]).Type.ShouldBe(Mode.DirectoryType);
        Kernel.Stat(room["one"]).Links.ShouldBe(2U);
    }

    [Clause("rename.2:RENAME_EXCHANGE-ENOENT", "Both paths must exist.")]
    public static void ExchangeAbsent(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.Rename(room.File("a"), room["b"], Kernel.Exchange));

    [Clause("rename.2:RENAME_EXCHANGE-EINVAL", "Neither may lie below the other.")]
    public static void ExchangeCycle(Room room)
    {
        room.Directory("a");
        room.Directory("a/b");
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a"], room["a/b"], Kernel.Exchange));
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a/b"], room["a"], Kernel.Exchange));
    }

    [Clause("rename.2:EINVAL-flags", "NOREPLACE and EXCHANGE together, or an unknown flag.")]
    public static void BadFlags(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a"], room["b"], Kernel.NoReplace | Kernel.Exchange));
        Expect.Errno(Errno.EINVAL, () => Kernel.Rename(room["a"], room["b"], 0x80));
    }

    [Clause("rename.2:dotdot", "A directory that moved lists its new parent as '..'.")]
    public static void MovesParent(Room room)
    {
        room.Directory("from");
        room.Directory("to");
        room.Directory("from/d");
        Kernel.Rename(room["from/d"], room["to/d"]);
        ListedParent(room["to/d"]).ShouldBe(Kernel.Stat(room["to"]).Inode);
    }

    [Clause("rename.2:RENAME_EXCHANGE-dotdot", "So do both directories that were exchanged, and links are counted anew.")]
    public static void ExchangesParents(Room room)
    {
        room.Directory("one");
        room.Directory("two");
        room.Directory("one/d");
        room.Directory("two/d");
        Kernel.Rename(room["one/d"], room["two/d"], Kernel.Exchange);
        ListedParent(room["one/d"]).ShouldBe(Kernel.Stat(room["one"]).Inode);
        ListedParent(room["two/d"]).ShouldBe(Kernel.Stat(room["two"]).Inode);
        room.File("f");
        Kernel.Rename(room["f"], room["one/d"], Kernel.Exchange);
        Kernel.Stat(room["one"]).Links.ShouldBe(2U);
        Kernel.Stat(room.Path).Links.ShouldBe(5U);
    }

    [Clause("rename.2:RENAME_WHITEOUT", "A whiteout, character device 0:0, takes oldpath's place.")]
    public static void Whiteout(Room room)
    {
        room.File("a", "moved");
        Kernel.Rename(room["a"], room["b"], Kernel.Whiteout);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(Mode.CharacterDevice), it => it.DeviceMajor.ShouldBe(0U), it => it.DeviceMinor.ShouldBe(0U));
        Kernel.ReadFile(room["b"]).ShouldBe("moved");
    }

    private static ulong ListedParent(string directory)
    {
        using var stream = new DirectoryStream(directory);
        stream.Rest().TakeWhile(name => name != "..").Count().ShouldBeLessThan(3);
        return stream.Inode;
    }
}
