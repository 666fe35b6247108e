using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>inode(7): what reads, or fails, marks no change.</summary>
internal static class QuietCases
{
    private static readonly string[] s_watched = ["a", "d", "d/f"];

    [Clause("read.2:atime", "A read marks atime when it is older than mtime (relatime), and neither mtime nor ctime.")]
    public static void Reads(Room room)
    {
        room.File("a", "abc");
        TimeMarks.Of(room, "a", () => Kernel.Read(room.Open("a", OpenFlag.ReadOnly), 10)).ShouldBe("a");
    }

    [Clause("open.2:O_NOATIME", "O_NOATIME: a read does not mark atime.")]
    public static void ReadsQuietly(Room room)
    {
        room.File("a", "abc");
        TimeMarks.Of(room, "a", () => Kernel.Read(room.Open("a", OpenFlag.NoAccessTime), 10)).ShouldBe("");
    }

    [Clause("stat.2:quiet", "stat, access and open mark nothing.")]
    public static void Looks(Room room)
    {
        Fill(room);
        TimeMarks.Of(room, s_watched, () =>
        {
            Kernel.Access(room["a"], 4);
            room.Open("a", OpenFlag.ReadWrite);
            room.Open("d", OpenFlag.Directory);
            Kernel.Stat(room["d/f"]);
        }).ShouldBe(["", "", ""]);
    }

    [Clause("getxattr.2:quiet", "Reading and listing attributes marks nothing.")]
    public static void ReadsAttributes(Room room)
    {
        Fill(room);
        TimeMarks.Of(room, s_watched, () =>
        {
            Kernel.GetXattr(room["a"], "user.x");
            Kernel.ListXattr(room["a"]);
            Kernel.ListXattr(room["d"]);
        }).ShouldBe(["", "", ""]);
    }

    [Clause("fsync.2:quiet", "fsync, locks and moving the offset mark nothing.")]
    public static void Synchronizes(Room room)
    {
        Fill(room);
        int file = room.Open("a", OpenFlag.ReadWrite);
        TimeMarks.Of(room, s_watched, () =>
        {
            Kernel.Sync(file);
            Kernel.SyncData(file);
            Kernel.FileLock(file, 2);
            Kernel.Seek(file, 0, Kernel.SeekEnd);
            Kernel.Seek(file, 0, Kernel.SeekData);
            Kernel.InodeFlags(file);
        }).ShouldBe(["", "", ""]);
    }

    [Clause("inode.7:failed", "A call that fails marks nothing, neither of the file nor of its directory.")]
    public static void Fails(Room room)
    {
        Fill(room);
        int reading = room.Open("d/f", OpenFlag.ReadOnly);
        int writing = room.Open("d/f", OpenFlag.WriteOnly);
        TimeMarks.Of(room, s_watched, () =>
        {
            Expect.Errno(Errno.EBADF, () => Kernel.Write(reading, "x"));
            Expect.Errno(Errno.EINVAL, () => Kernel.WriteAt(writing, "x", -1));
            Expect.Errno(Errno.EINVAL, () => Kernel.Truncate(room["d/f"], -1));
            Expect.Errno(Errno.EINVAL, () => Kernel.Allocate(writing, 0, 0, 0));
            Expect.Errno(Errno.EINVAL, () => Kernel.SetTimes(room["a"], new TimeStamp(0, 1_000_000_000), new TimeStamp(0, 0)));
            Expect.Errno(Errno.EEXIST, () => Kernel.SetXattr(room["a"], "user.x", [2], 1));
            Expect.Errno(Errno.ENODATA, () => Kernel.RemoveXattr(room["a"], "user.y"));
            NamesFail(room);
            Task.As(Task.Somebody, Task.Somebody, () => StrangersFail(room));
        }).ShouldBe(["", "", ""]);
    }

    private static void NamesFail(Room room)
    {
        Expect.Errno(Errno.EEXIST, () => room.Open("d/f", OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Exclusive, Mode.File));
        Expect.Errno(Errno.EEXIST, () => Kernel.Link(room["a"], room["d/f"]));
        Expect.Errno(Errno.EEXIST, () => Kernel.MakeDirectory(room["d/f"]));
        Expect.Errno(Errno.EEXIST, () => Kernel.MakeLink("x", room["d/f"]));
        Expect.Errno(Errno.EEXIST, () => Kernel.MakeNode(room["d/f"], Mode.Fifo | Mode.File));
        Expect.Errno(Errno.EEXIST, () => Kernel.Rename(room["a"], room["d/f"], Kernel.NoReplace));
        Expect.Errno(Errno.EISDIR, () => Kernel.Rename(room["a"], room["d"]));
        Expect.Errno(Errno.ENOENT, () => Kernel.Rename(room["d/f"], room["d/absent"], Kernel.Exchange));
        Expect.Errno(Errno.ENOENT, () => Kernel.Unlink(room["d/absent"]));
        Expect.Errno(Errno.EISDIR, () => Kernel.Unlink(room["d"]));
        Expect.Errno(Errno.ENOTEMPTY, () => Kernel.RemoveDirectory(room["d"]));
    }

    private static void StrangersFail(Room room)
    {
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeMode(room["a"], Mode.All));
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeOwner(room["a"], Task.Somebody, Task.Somebody));
        Expect.Errno(Errno.EACCES, () => Kernel.Truncate(room["d/f"], 0));
        Expect.Errno(Errno.EACCES, () => room.Open("d/f", OpenFlag.WriteOnly | OpenFlag.Truncate));
        Expect.Errno(Errno.EACCES, () => Kernel.Touch(room["a"]));
        Expect.Errno(Errno.EACCES, () => Kernel.Unlink(room["d/f"]));
        Expect.Errno(Errno.EACCES, () => Kernel.MakeDirectory(room["d/new"]));
    }

    /// <summary>A file "a" with an attribute, and a directory "d" with a file "f".</summary>
    private static void Fill(Room room)
    {
        Kernel.SetXattr(room.File("a", "abc"), "user.x", [1]);
        room.Directory("d");
        room.File("d/f", "abc");
    }
}
