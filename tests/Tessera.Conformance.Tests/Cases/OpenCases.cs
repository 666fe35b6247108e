using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>open(2).</summary>
internal static class OpenCases
{
    [Clause("open.2:ENOENT", "O_CREAT is not set and the named file does not exist.")]
    public static void Absent(Room room) => Expect.Errno(Errno.ENOENT, () => room.Open("a", OpenFlag.ReadOnly));

    [Clause("open.2:ENOENT-parent", "A directory component of the path does not exist, O_CREAT or not.")]
    public static void AbsentParent(Room room) => Expect.Errno(Errno.ENOENT, () => room.Open("a/b", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File));

    [Clause("open.2:ENOTDIR", "A component used as a directory is not one.")]
    public static void FileAsParent(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.ENOTDIR, () => room.Open("a/b", OpenFlag.ReadOnly));
    }

    [Clause("open.2:ENOTDIR-flag", "O_DIRECTORY was specified and the path is not a directory.")]
    public static void DirectoryFlag(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.ENOTDIR, () => room.Open("a", OpenFlag.Directory));
    }

    [Clause("open.2:EEXIST", "The path exists and O_CREAT and O_EXCL were used.")]
    public static void Exclusive(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EEXIST, () => room.Open("a", OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive, Mode.File));
    }

    [Clause("open.2:EEXIST-symlink", "With O_CREAT and O_EXCL a symbolic link is not followed, wherever it points.")]
    public static void ExclusiveLink(Room room)
    {
        Kernel.MakeLink("nowhere", room["a"]);
        Expect.Errno(Errno.EEXIST, () => room.Open("a", OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Exclusive, Mode.File));
    }

    [Clause("open.2:O_CREAT-symlink", "O_CREAT through a dangling symbolic link makes its target.")]
    public static void CreateThroughLink(Room room)
    {
        Kernel.MakeLink("b", room["a"]);
        room.Open("a", OpenFlag.ReadWrite | OpenFlag.Create, Mode.File);
        Kernel.Stat(room["b"]).Type.ShouldBe(Mode.Regular);
    }

    [Clause("open.2:EISDIR", "The path refers to a directory and the access requested involved writing.")]
    public static void WriteDirectory(Room room)
    {
        room.Directory("a");
        Expect.Errno(Errno.EISDIR, () => room.Open("a", OpenFlag.WriteOnly));
    }

    [Clause("open.2:EISDIR-creat", "O_CREAT of a directory that exists.")]
    public static void CreateDirectory(Room room)
    {
        room.Directory("a");
        Expect.Errno(Errno.EISDIR, () => room.Open("a", OpenFlag.ReadOnly | OpenFlag.Create, Mode.File));
    }

    [Clause("open.2:ELOOP-nofollow", "The path was a symbolic link, and O_NOFOLLOW was specified.")]
    public static void NoFollow(Room room)
    {
        room.File("a");
        Kernel.MakeLink("a", room["b"]);
        Expect.Errno(Errno.ELOOP, () => room.Open("b", OpenFlag.NoFollow));
    }

    [Clause("open.2:ELOOP-cycle", "Too many symbolic links: two that point at each other.")]
    public static void Cycle(Room room)
    {
        Kernel.MakeLink("a", room["b"]);
        Kernel.MakeLink("b", room["a"]);
        Expect.Errno(Errno.ELOOP, () => room.Open("a", OpenFlag.ReadOnly));
    }

    [Clause("open.2:ENAMETOOLONG", "A component is longer than NAME_MAX, 255 bytes.")]
    public static void LongName(Room room) =>
        Expect.Errno(Errno.ENAMETOOLONG, () => room.Open(new string('x', 256), OpenFlag.ReadWrite | OpenFlag.Create, Mode.File));

    [Clause("open.2:NAME_MAX", "A component of 255 bytes is not too long.")]
    public static void LongestName(Room room)
    {
        room.File(new string('x', 255), "content");
        Kernel.ReadFile(room[new string('x', 255)]).ShouldBe("content");
    }

    [Clause("open.2:ENAMETOOLONG-path", "The path is longer than PATH_MAX, 4,096 bytes with its NUL.")]
    public static void LongPath(Room room) => Expect.Errno(Errno.ENAMETOOLONG, () => room.Open(string.Concat(Enumerable.Repeat("./", 2100)) + "a", OpenFlag.ReadOnly));

    [Clause("path_resolution.7:bytes", "A name may hold any byte but '/' and NUL.")]
    public static void AnyByte(Room room)
    {
        byte[] prefix = System.Text.Encoding.UTF8.GetBytes(room.Path + "/");
        byte[] name = [.. Enumerable.Range(1, 255).Where(value => value != '/').Select(value => (byte)value)];
        room.Keep(Kernel.Open([.. prefix, .. name, 0], OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Exclusive, Mode.File));
        room.Keep(Kernel.Open([.. prefix, .. name, 0], OpenFlag.ReadOnly, 0));
        name[200] ^= 1;
        Expect.Errno(Errno.ENOENT, () => Kernel.Open([.. prefix, .. name, 0], OpenFlag.ReadOnly, 0));
    }

    [Clause("open.2:O_TRUNC", "A regular file opened for writing with O_TRUNC is cut to length 0, and keeps its inode.")]
    public static void Truncates(Room room)
    {
        ulong inode = Kernel.Stat(room.File("a", "content")).Inode;
        room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Size.ShouldBe(0UL), it => it.Inode.ShouldBe(inode));
    }

    [Clause("open.2:O_APPEND", "Before each write the offset is put at the end of the file, whoever else wrote.")]
    public static void Appends(Room room)
    {
        int one = room.Open("a", OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Append, Mode.File);
        int two = room.Open("a", OpenFlag.WriteOnly | OpenFlag.Append);
        Kernel.Write(one, "ab");
        Kernel.Write(two, "cd");
        Kernel.Write(one, "ef");
        Kernel.ReadFile(room["a"]).ShouldBe("abcdef");
    }

    [Clause("pwrite.2:BUGS-append", "On Linux, pwrite on a file opened with O_APPEND appends, whatever the offset.")]
    public static void AppendsAtOffset(Room room)
    {
        room.File("a", "abc");
        Kernel.WriteAt(room.Open("a", OpenFlag.WriteOnly | OpenFlag.Append), "d", 0);
        Kernel.ReadFile(room["a"]).ShouldBe("abcd");
    }

    [Clause("open.2:umask", "The mode of a created file is mode & ~umask.")]
    public static void Mask(Room room)
    {
        Task.WithMask(0x17, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Create, 0x1B6));
        Kernel.Stat(room["a"]).Bits.ShouldBe(0x1A0U);
    }

    [Clause("open.2:mode-later", "The mode applies only to future accesses: a file created read-only is writable by this descriptor.")]
    public static void WritesReadOnly(Room room)
    {
        room.Directory("d", Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Write(room.Open("d/a", OpenFlag.ReadWrite | OpenFlag.Create, 0x100), "x").ShouldBe(1));
    }

    [Clause("open.2:EACCES", "The requested access to the file is not allowed.")]
    public static void Denied(Room room)
    {
        room.File("a", "secret", 0x180);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", OpenFlag.ReadOnly)));
    }

    [Clause("open.2:EACCES-search", "Search permission is denied for a directory of the path.")]
    public static void DeniedSearch(Room room)
    {
        room.Directory("d", 0x1C0);
        room.File("d/a");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("d/a", OpenFlag.ReadOnly)));
    }

    [Clause("open.2:EACCES-create", "The file did not exist and write access to the parent directory is not allowed.")]
    public static void DeniedCreate(Room room) =>
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File)));

    [Clause("path_resolution.7:class", "The first class that fits decides: an owner without permission is refused though others have it.")]
    public static void OwnerDecides(Room room)
    {
        Kernel.ChangeOwner(room.File("a", "", 0x3F), Task.Somebody, Task.Somebody);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => room.Open("a", OpenFlag.ReadOnly)));
        Task.As(Task.Other, Task.Other, () => room.Open("a", OpenFlag.ReadWrite));
    }

    [Clause("path_resolution.7:groups", "The group class holds for supplementary groups.")]
    public static void SupplementaryGroup(Room room)
    {
        Kernel.ChangeOwner(room.File("a", "", 0x1B0), 0, 5000);
        Task.As(Task.Somebody, Task.Somebody, [5000], () => room.Open("a", OpenFlag.ReadWrite));
        Task.As(Task.Somebody, Task.Somebody, [5001], () => Expect.Errno(Errno.EACCES, () => room.Open("a", OpenFlag.ReadOnly)));
    }

    [Clause("open.2:EPERM-noatime", "O_NOATIME by neither the owner nor a privileged task.")]
    public static void NoAccessTime(Room room)
    {
        room.File("a");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => room.Open("a", OpenFlag.NoAccessTime)));
        room.Open("a", OpenFlag.NoAccessTime);
    }

    [Clause("open.2:ENXIO-fifo", "O_NONBLOCK | O_WRONLY of a FIFO that nobody reads.")]
    public static void FifoWithoutReader(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.ENXIO, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.NonBlocking));
    }

    [Clause("open.2:ENXIO-socket", "The file is a UNIX domain socket.")]
    public static void OpensSocket(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Socket | Mode.File);
        Expect.Errno(Errno.ENXIO, () => room.Open("a", OpenFlag.ReadOnly));
    }

    [Clause("open.2:O_PATH", "An O_PATH descriptor names the entry; reading it is EBADF.")]
    public static void PathOnly(Room room)
    {
        room.File("a", "content");
        int file = room.Open("a", OpenFlag.Path);
        Kernel.Stat(file).Size.ShouldBe(7UL);
        Expect.Errno(Errno.EBADF, () => Kernel.Read(file, 1));
    }

    [Clause("open.2:O_TMPFILE", "An unnamed file: no links, read and written as any other, no name in the directory.")]
    public static void Temporary(Room room)
    {
        int file = room.Open(".", OpenFlag.Temporary | OpenFlag.ReadWrite, Mode.File);
        Kernel.Write(file, "content");
        Kernel.ReadAt(file, 20, 0).ShouldBe("content");
        Kernel.Stat(file).Links.ShouldBe(0U);
        Directory.GetFileSystemEntries(room.Path).ShouldBeEmpty();
    }

    [Clause("open.2:O_TMPFILE-linkat", "linkat of /proc/self/fd/N gives an O_TMPFILE file its name.")]
    public static void TemporaryLinked(Room room)
    {
        int file = room.Open(".", OpenFlag.Temporary | OpenFlag.ReadWrite, Mode.File);
        Kernel.Write(file, "content");
        Kernel.Link($"/proc/self/fd/{file}", room["a"], Kernel.FollowLinks);
        Kernel.ReadFile(room["a"]).ShouldBe("content");
        Kernel.Stat(file).Links.ShouldBe(1U);
    }

    [Clause("open.2:O_TMPFILE-O_EXCL", "With O_EXCL an O_TMPFILE file can never be linked.")]
    public static void TemporaryExclusive(Room room)
    {
        int file = room.Open(".", OpenFlag.Temporary | OpenFlag.ReadWrite | OpenFlag.Exclusive, Mode.File);
        Expect.Errno(Errno.ENOENT, () => Kernel.Link($"/proc/self/fd/{file}", room["a"], Kernel.FollowLinks));
    }

    [Clause("open.2:O_SYNC", "Writes through O_SYNC and O_DSYNC descriptors are seen by others.")]
    public static void Synchronous(Room room)
    {
        Kernel.Write(room.Open("a", OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Sync, Mode.File), "abc");
        Kernel.WriteAt(room.Open("a", OpenFlag.WriteOnly | OpenFlag.DataSync), "X", 1);
        Kernel.ReadFile(room["a"]).ShouldBe("aXc");
    }

    [Clause("unlink.2:open", "A name removed while the file is open: the file lives until the last descriptor is closed.")]
    public static void Unlinked(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadWrite);
        Kernel.Unlink(room["a"]);
        Kernel.WriteAt(file, "d", 3);
        Kernel.ReadAt(file, 10, 0).ShouldBe("abcd");
        Kernel.Stat(file).Links.ShouldBe(0U);
    }
}
