using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>link(2), unlink(2), mkdir(2), rmdir(2), symlink(2), readlink(2), mknod(2).</summary>
internal static class NameCases
{
    [Clause("link.2:same", "The new name refers to exactly the same file; the link count counts both.")]
    public static void Links(Room room)
    {
        Kernel.Link(room.File("a", "abc"), room["b"]);
        Kernel.Stat(room["a"]).Inode.ShouldBe(Kernel.Stat(room["b"]).Inode);
        Kernel.Stat(room["a"]).Links.ShouldBe(2U);
        Kernel.Unlink(room["a"]);
        Kernel.Stat(room["b"]).Links.ShouldBe(1U);
        Kernel.ReadFile(room["b"]).ShouldBe("abc");
    }

    [Clause("link.2:EEXIST", "If newpath exists, it will not be overwritten.")]
    public static void LinkExists(Room room) => Expect.Errno(Errno.EEXIST, () => Kernel.Link(room.File("a"), room.File("b")));

    [Clause("link.2:ENOENT", "oldpath does not exist.")]
    public static void LinkAbsent(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.Link(room["a"], room["b"]));

    [Clause("link.2:EPERM", "oldpath is a directory.")]
    public static void LinkDirectory(Room room) => Expect.Errno(Errno.EPERM, () => Kernel.Link(room.Directory("a"), room["b"]));

    [Clause("link.2:EXDEV", "oldpath and newpath are not on the same mounted file system.")]
    public static void LinkAcross(Room room) => Expect.Errno(Errno.EXDEV, () => Kernel.Link("/proc/version", room["b"]));

    [Clause("link.2:symlink", "linkat without AT_SYMLINK_FOLLOW links the symbolic link itself.")]
    public static void LinkLink(Room room)
    {
        Kernel.MakeLink("nowhere", room["a"]);
        Kernel.Link(room["a"], room["b"]);
        Kernel.Stat(room["b"]).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(Mode.Link), it => it.Links.ShouldBe(2U));
    }

    [Clause("link.2:AT_SYMLINK_FOLLOW", "With AT_SYMLINK_FOLLOW the target is linked.")]
    public static void LinkTarget(Room room)
    {
        room.File("a");
        Kernel.MakeLink("a", room["l"]);
        Kernel.Link(room["l"], room["b"], Kernel.FollowLinks);
        Kernel.Stat(room["b"]).Inode.ShouldBe(Kernel.Stat(room["a"]).Inode);
    }

    [Clause("link.2:EACCES", "Write access to the directory of newpath is denied.")]
    public static void LinkDenied(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Link(room["a"], room["b"])));
    }

    [Clause("link.2:ENOENT-unlinked", "A file without links left cannot be linked again through /proc/self/fd.")]
    public static void LinkRemoved(Room room)
    {
        room.File("a");
        int file = room.Open("a", OpenFlag.ReadOnly);
        Kernel.Unlink(room["a"]);
        Expect.Errno(Errno.ENOENT, () => Kernel.Link($"/proc/self/fd/{file}", room["b"], Kernel.FollowLinks));
    }

    [Clause("link.2:ENAMETOOLONG", "newpath is too long.")]
    public static void LinkLongName(Room room) => Expect.Errno(Errno.ENAMETOOLONG, () => Kernel.Link(room.File("a"), room[new string('x', 256)]));

    [Clause("link.2:many", "A file has a thousand names, and the count says so.")]
    public static void ManyLinks(Room room)
    {
        room.File("a");
        for (int number = 1; number < 1000; number++)
        {
            Kernel.Link(room["a"], room[$"n{number}"]);
        }

        Kernel.Stat(room["n999"]).Links.ShouldBe(1000U);
    }

    [Clause("unlink.2:ENOENT", "The name does not exist.")]
    public static void UnlinkAbsent(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.Unlink(room["a"]));

    [Clause("unlink.2:EISDIR", "The path refers to a directory (Linux's value; POSIX says EPERM).")]
    public static void UnlinkDirectory(Room room) => Expect.Errno(Errno.EISDIR, () => Kernel.Unlink(room.Directory("a")));

    [Clause("unlink.2:ENOTDIR", "A component used as a directory is not one.")]
    public static void UnlinkBelowFile(Room room) => Expect.Errno(Errno.ENOTDIR, () => Kernel.Unlink(room.File("a") + "/b"));

    [Clause("unlink.2:symlink", "A symbolic link is removed, not what it points at.")]
    public static void UnlinkLink(Room room)
    {
        room.File("a");
        Kernel.MakeLink("a", room["b"]);
        Kernel.Unlink(room["b"]);
        Kernel.Stat(room["a"]).Links.ShouldBe(1U);
    }

    [Clause("unlink.2:EACCES", "Write access to the directory is denied, whoever owns the file.")]
    public static void UnlinkDenied(Room room)
    {
        Kernel.ChangeOwner(room.File("a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Unlink(room["a"])));
    }

    [Clause("unlink.2:EPERM-sticky", "In a sticky directory only the owner of the file or of the directory removes a name.")]
    public static void UnlinkSticky(Room room)
    {
        room.Directory("d", Mode.Sticky | Mode.All);
        Kernel.ChangeOwner(room.File("d/a"), Task.Somebody, Task.Somebody);
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.Unlink(room["d/a"])));
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Unlink(room["d/a"]));
    }

    [Clause("unlink.2:sticky-directory-owner", "The owner of a sticky directory removes names of files of others.")]
    public static void UnlinkStickyOwner(Room room)
    {
        Kernel.ChangeOwner(room.Directory("d", Mode.Sticky | Mode.All), Task.Somebody, Task.Somebody);
        Kernel.ChangeOwner(room.File("d/a"), Task.Other, Task.Other);
        Kernel.ChangeMode(room["d"], Mode.Sticky | Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Unlink(room["d/a"]));
        Expect.Errno(Errno.ENOENT, () => Kernel.Stat(room["d/a"]));
    }

    [Clause("unlink.2:EISDIR-slash", "A trailing slash after a file's name is ENOTDIR.")]
    public static void UnlinkSlash(Room room) => Expect.Errno(Errno.ENOTDIR, () => Kernel.Unlink(room.File("a") + "/"));

    [Clause("mkdir.2:mode", "The mode of the directory is mode & ~umask & 01777; a setgid bit comes from the parent only.")]
    public static void DirectoryMode(Room room)
    {
        Task.WithMask(0x12, () => Kernel.MakeDirectory(room["a"], Mode.Sticky | Mode.All));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.Sticky | Mode.Directory);
    }

    [Clause("mkdir.2:setgid", "In a setgid directory a new directory takes its group and the bit.")]
    public static void SetGroupDirectory(Room room)
    {
        Kernel.ChangeOwner(room.Directory("d"), 0, 5000);
        Kernel.ChangeMode(room["d"], Mode.SetGroup | Mode.Directory);
        Kernel.MakeDirectory(room["d/a"]);
        Kernel.Stat(room["d/a"]).ShouldSatisfyAllConditions(it => it.Gid.ShouldBe(5000U), it => (it.Mode & Mode.SetGroup).ShouldBe(Mode.SetGroup));
    }

    [Clause("open.2:setgid", "In a setgid directory a new file takes the directory's group, and no bit.")]
    public static void SetGroupFile(Room room)
    {
        Kernel.ChangeOwner(room.Directory("d"), 0, 5000);
        Kernel.ChangeMode(room["d"], Mode.SetGroup | Mode.Directory);
        room.File("d/a");
        Kernel.Stat(room["d/a"]).ShouldSatisfyAllConditions(it => it.Gid.ShouldBe(5000U), it => it.Bits.ShouldBe(Mode.File));
    }

    [Clause("inode.7:S_ISGID-create", "A file created setgid and group-executable in a setgid directory of a foreign group loses the bit for an unprivileged task.")]
    public static void SetGroupStripped(Room room)
    {
        Kernel.ChangeOwner(room.Directory("d"), 0, 5000);
        Kernel.ChangeMode(room["d"], Mode.SetGroup | Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => room.Open("d/a", OpenFlag.WriteOnly | OpenFlag.Create, Mode.SetGroup | Mode.Directory));
        Kernel.Stat(room["d/a"]).ShouldSatisfyAllConditions(it => it.Gid.ShouldBe(5000U), it => (it.Mode & Mode.SetGroup).ShouldBe(0U));
    }

    [Clause("mkdir.2:EEXIST", "The path exists, not necessarily as a directory.")]
    public static void DirectoryExists(Room room) => Expect.Errno(Errno.EEXIST, () => Kernel.MakeDirectory(room.File("a")));

    [Clause("mkdir.2:EEXIST-dangling", "The path is a symbolic link, dangling or not.")]
    public static void DirectoryLink(Room room)
    {
        Kernel.MakeLink("nowhere", room["a"]);
        Expect.Errno(Errno.EEXIST, () => Kernel.MakeDirectory(room["a"]));
    }

    [Clause("mkdir.2:nlink", "st_nlink of a directory counts its name, its own '.' and the '..' of each directory in it.")]
    public static void DirectoryLinks(Room room)
    {
        room.Directory("a");
        Kernel.Stat(room["a"]).Links.ShouldBe(2U);
        room.Directory("a/b");
        room.File("a/c");
        Kernel.Stat(room["a"]).Links.ShouldBe(3U);
        Kernel.RemoveDirectory(room["a/b"]);
        Kernel.Stat(room["a"]).Links.ShouldBe(2U);
    }

    [Clause("mkdir.2:EACCES", "The parent directory does not allow write permission.")]
    public static void DirectoryDenied(Room room) =>
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.MakeDirectory(room["a"])));

    [Clause("mkdir.2:ENOENT-removed", "Nothing can be made in a directory that was removed while open.")]
    public static void DirectoryRemoved(Room room)
    {
        room.Directory("a");
        int file = room.Open("a", OpenFlag.Directory);
        Kernel.RemoveDirectory(room["a"]);
        Expect.Errno(Errno.ENOENT, () => Kernel.MakeDirectory($"/proc/self/fd/{file}/b"));
        Kernel.Stat(file).Links.ShouldBe(0U);
    }

    [Clause("rmdir.2:ENOTEMPTY", "The directory contains entries other than '.' and '..'.")]
    public static void NotEmpty(Room room)
    {
        room.Directory("a");
        room.File("a/b");
        Expect.Errno(Errno.ENOTEMPTY, () => Kernel.RemoveDirectory(room["a"]));
    }

    [Clause("rmdir.2:ENOTDIR", "The path is not a directory.")]
    public static void RemoveFile(Room room) => Expect.Errno(Errno.ENOTDIR, () => Kernel.RemoveDirectory(room.File("a")));

    [Clause("rmdir.2:EINVAL", "The path has '.' as its last component.")]
    public static void RemoveDot(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.RemoveDirectory(room.Directory("a") + "/."));

    [Clause("rmdir.2:ENOTEMPTY-dotdot", "The path has '..' as its last component.")]
    public static void RemoveDotDot(Room room) => Expect.Errno(Errno.ENOTEMPTY, () => Kernel.RemoveDirectory(room.Directory("a") + "/.."));

    [Clause("rmdir.2:EBUSY", "The directory is a mount point or the root.")]
    public static void RemoveRoot(Room room) => Expect.Errno(Errno.EBUSY, () => Kernel.RemoveDirectory(Path.GetDirectoryName(room.Path)!));

    [Clause("rmdir.2:EPERM-sticky", "In a sticky directory only an owner removes a directory.")]
    public static void RemoveSticky(Room room)
    {
        room.Directory("d", Mode.Sticky | Mode.All);
        room.Directory("d/a", Mode.All);
        Task.As(Task.Other, Task.Other, () => Expect.Errno(Errno.EPERM, () => Kernel.RemoveDirectory(room["d/a"])));
    }

    [Clause("rmdir.2:ENOENT", "The directory does not exist.")]
    public static void RemoveAbsent(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.RemoveDirectory(room["a"]));

    [Clause("symlink.2:content", "The link holds the string as given; its size is the string's length, its mode 0777.")]
    public static void LinkContent(Room room)
    {
        Kernel.MakeLink("../some//where/", room["a"]);
        Kernel.ReadLink(room["a"]).ShouldBe("../some//where/");
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Size.ShouldBe(15UL), it => it.Bits.ShouldBe(Mode.All), it => it.Type.ShouldBe(Mode.Link));
    }

    [Clause("symlink.2:4095", "A target may have 4,095 bytes.")]
    public static void LongestTarget(Room room)
    {
        string target = new('t', 4095);
        Kernel.MakeLink(target, room["a"]);
        Kernel.ReadLink(room["a"], 5000).ShouldBe(target);
    }

    [Clause("symlink.2:ENAMETOOLONG", "The target is longer than 4,095 bytes.")]
    public static void LongTarget(Room room) => Expect.Errno(Errno.ENAMETOOLONG, () => Kernel.MakeLink(new string('t', 4096), room["a"]));

    [Clause("symlink.2:ENOENT-empty", "The target is the empty string.")]
    public static void EmptyTarget(Room room) => Expect.Errno(Errno.ENOENT, () => Kernel.MakeLink(string.Empty, room["a"]));

    [Clause("symlink.2:EEXIST", "The link's path exists.")]
    public static void LinkPathExists(Room room) => Expect.Errno(Errno.EEXIST, () => Kernel.MakeLink("x", room.File("a")));

    [Clause("readlink.2:EINVAL", "The named file is not a symbolic link.")]
    public static void ReadsFile(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.ReadLink(room.File("a")));

    [Clause("readlink.2:truncates", "A buffer that is too small gets the beginning, silently.")]
    public static void ReadsShort(Room room)
    {
        Kernel.MakeLink("abcdef", room["a"]);
        Kernel.ReadLink(room["a"], 3).ShouldBe("abc");
    }

    [Clause("path_resolution.7:ELOOP-40", "At most 40 symbolic links are followed in a path.")]
    public static void FortyLinks(Room room)
    {
        room.File("l0");
        for (int number = 1; number <= 41; number++)
        {
            Kernel.MakeLink($"l{number - 1}", room[$"l{number}"]);
        }

        Kernel.StatTarget(room["l40"]).Type.ShouldBe(Mode.Regular);
        Expect.Errno(Errno.ELOOP, () => Kernel.StatTarget(room["l41"]));
    }

    [Clause("path_resolution.7:directory-link", "A link to a directory leads through it; '..' is of the directory reached.")]
    public static void DirectoryThroughLink(Room room)
    {
        room.Directory("d");
        room.Directory("d/e");
        room.File("d/f", "found");
        Kernel.MakeLink("d/e", room["l"]);
        Kernel.ReadFile(room["l/../f"]).ShouldBe("found");
    }

    [Clause("mknod.2:fifo", "A FIFO is made with the mode asked for.")]
    public static void Fifo(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Fifo | 0x180);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(Mode.Fifo), it => it.Bits.ShouldBe(0x180U));
    }

    [Clause("mknod.2:device", "A device keeps its major and minor numbers, also large ones.")]
    public static void Device(Room room)
    {
        const ulong Device = (0xABCUL << 8) | 0x12UL | (0x345UL << 20);
        Kernel.MakeNode(room["a"], Mode.CharacterDevice | 0x180, Device);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.DeviceMajor.ShouldBe(0xABCU), it => it.DeviceMinor.ShouldBe(0x34512U));
    }

    [Clause("mknod.2:device-works", "A character device opens the driver: 1:5 reads zeros.")]
    public static void DeviceWorks(Room room)
    {
        Kernel.MakeNode(room["zero"], Mode.CharacterDevice | 0x1B6, (1 << 8) | 5);
        Kernel.Read(room.Open("zero", OpenFlag.ReadOnly), 3).ShouldBe("\0\0\0");
    }

    [Clause("mknod.2:block", "A block device is one.")]
    public static void BlockDevice(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.BlockDevice | 0x180, (7 << 8) | 3);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(Mode.BlockDevice), it => it.DeviceMajor.ShouldBe(7U), it => it.DeviceMinor.ShouldBe(3U));
    }

    [Clause("mknod.2:EPERM", "A device wants CAP_MKNOD.")]
    public static void DeviceDenied(Room room)
    {
        room.Directory("d", Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.MakeNode(room["d/a"], Mode.CharacterDevice | 0x180, 0x105)));
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.MakeNode(room["d/f"], Mode.Fifo | 0x180));
    }

    [Clause("mknod.2:regular", "S_IFREG makes an empty regular file.")]
    public static void RegularNode(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Regular | Mode.File);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(Mode.Regular), it => it.Size.ShouldBe(0UL));
    }

    [Clause("mknod.2:EEXIST", "The path exists.")]
    public static void NodeExists(Room room) => Expect.Errno(Errno.EEXIST, () => Kernel.MakeNode(room.File("a"), Mode.Fifo | Mode.File));
}
