using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>utimensat(2), and inode(7): which operation marks which time. Times are set far back, so that any mark shows.</summary>
internal static class TimeCases
{
    private static readonly TimeStamp s_long = new(1_000_000, 123_456_789);
    private static readonly TimeStamp s_now = new(0, TimeStamp.Now);
    private static readonly TimeStamp s_omit = new(0, TimeStamp.Omit);

    [Clause("utimensat.2:nanoseconds", "Times are set to the nanosecond.")]
    public static void Nanoseconds(Room room)
    {
        Kernel.SetTimes(room.File("a"), s_long, new TimeStamp(2_000_000, 1));
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Accessed.ShouldBe(s_long), it => it.Modified.ShouldBe(new TimeStamp(2_000_000, 1)));
    }

    [Clause("utimensat.2:UTIME_OMIT", "UTIME_OMIT leaves the time as it is.")]
    public static void Omit(Room room)
    {
        Kernel.SetTimes(room.File("a"), s_long, s_long);
        Kernel.SetTimes(room["a"], s_omit, new TimeStamp(5, 0));
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Accessed.ShouldBe(s_long), it => it.Modified.ShouldBe(new TimeStamp(5, 0)));
    }

    [Clause("utimensat.2:UTIME_NOW", "UTIME_NOW sets the current time.")]
    public static void Now(Room room)
    {
        Kernel.SetTimes(room.File("a"), s_long, s_long);
        Kernel.SetTimes(room["a"], s_now, s_omit);
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Accessed.Seconds.ShouldBeGreaterThan(1_700_000_000), it => it.Modified.ShouldBe(s_long));
    }

    [Clause("utimensat.2:ctime", "The change time is the time of the call.")]
    public static void MarksChange(Room room)
    {
        TimeStamp before = Kernel.Stat(room.File("a")).Changed;
        Kernel.SetTimes(room["a"], s_long, s_long);
        Kernel.Stat(room["a"]).Changed.ShouldBeGreaterThanOrEqualTo(before);
    }

    [Clause("utimensat.2:EINVAL", "Nanoseconds out of range.")]
    public static void BadNanoseconds(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.SetTimes(room.File("a"), new TimeStamp(0, 1_000_000_000), s_omit));

    [Clause("utimensat.2:before-1970", "Times before the Epoch.")]
    public static void Negative(Room room)
    {
        Kernel.SetTimes(room.File("a"), new TimeStamp(-1_000_000, 5), new TimeStamp(-1, 999_999_999));
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Accessed.ShouldBe(new TimeStamp(-1_000_000, 5)), it => it.Modified.ShouldBe(new TimeStamp(-1, 999_999_999)));
    }

    [Clause("utimensat.2:2038", "Years beyond 2038 and 2106.")]
    public static void Beyond2106(Room room)
    {
        Kernel.SetTimes(room.File("a"), new TimeStamp(1L << 31, 0), new TimeStamp(1L << 32, 7));
        Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Accessed.ShouldBe(new TimeStamp(1L << 31, 0)), it => it.Modified.ShouldBe(new TimeStamp(1L << 32, 7)));
    }

    [Clause("utimensat.2:year-3000", "The year 3000.")]
    public static void Year3000(Room room)
    {
        Kernel.SetTimes(room.File("a"), s_omit, new TimeStamp(32_503_680_000, 0));
        Kernel.Stat(room["a"]).Modified.Seconds.ShouldBe(32_503_680_000);
    }

    [Clause("utimensat.2:AT_SYMLINK_NOFOLLOW", "The times of a symbolic link itself.")]
    public static void LinkTimes(Room room)
    {
        TimeStamp before = Kernel.Stat(room.File("a")).Modified;
        Kernel.MakeLink("a", room["l"]);
        Kernel.SetTimes(room["l"], s_long, s_long, Kernel.NoFollow);
        Kernel.Stat(room["l"]).Modified.ShouldBe(s_long);
        Kernel.Stat(room["a"]).Modified.ShouldBe(before);
    }

    [Clause("utimensat.2:EPERM", "Other times than now, by neither the owner nor a privileged task.")]
    public static void NotOwner(Room room)
    {
        room.File("a", "", 0x1B6);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.SetTimes(room["a"], s_long, s_long)));
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.SetTimes(room["a"], s_now, s_omit)));
    }

    [Clause("utimensat.2:now-writable", "Who may write the file may set both times to now.")]
    public static void NowByWriter(Room room)
    {
        Kernel.SetTimes(room.File("a", "", 0x1B6), s_long, s_long);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.Touch(room["a"]));
        Kernel.Stat(room["a"]).Modified.Seconds.ShouldBeGreaterThan(1_700_000_000);
    }

    [Clause("utimensat.2:EACCES", "Both times to now, without write access.")]
    public static void NowDenied(Room room)
    {
        room.File("a");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Touch(room["a"])));
    }

    [Clause("write.2:mtime", "A write marks mtime and ctime, not atime.")]
    public static void Writes(Room room) => Marks(room, "mc", () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "x"));

    [Clause("read.2:atime", "A read marks atime when it is older than mtime (relatime), and neither mtime nor ctime.")]
    public static void Reads(Room room) => Marks(room, "a", () => Kernel.Read(room.Open("a", OpenFlag.ReadOnly), 10));

    [Clause("open.2:O_NOATIME", "O_NOATIME: a read does not mark atime.")]
    public static void ReadsQuietly(Room room) => Marks(room, "", () => Kernel.Read(room.Open("a", OpenFlag.NoAccessTime), 10));

    [Clause("truncate.2:mtime", "A change of size marks mtime and ctime.")]
    public static void Truncates(Room room) => Marks(room, "mc", () => Kernel.Truncate(room["a"], 1));

    [Clause("ftruncate.2:mtime-same-size", "ftruncate to the same size marks mtime and ctime too.")]
    public static void TruncatesToSame(Room room) => Marks(room, "mc", () => Kernel.Truncate(room.Open("a", OpenFlag.WriteOnly), 3));

    [Clause("open.2:O_TRUNC-mtime", "O_TRUNC of a file marks mtime and ctime.")]
    public static void OpensTruncating(Room room) => Marks(room, "mc", () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));

    [Clause("chmod.2:ctime", "chmod marks ctime only.")]
    public static void Chmods(Room room) => Marks(room, "c", () => Kernel.ChangeMode(room["a"], 0x180));

    [Clause("chown.2:ctime", "chown marks ctime only.")]
    public static void Chowns(Room room) => Marks(room, "c", () => Kernel.ChangeOwner(room["a"], 5, 5));

    [Clause("link.2:ctime", "link marks the file's ctime only.")]
    public static void LinksFile(Room room) => Marks(room, "c", () => Kernel.Link(room["a"], room["b"]));

    [Clause("unlink.2:ctime", "unlink marks the ctime of a file that has another name.")]
    public static void UnlinksFile(Room room)
    {
        Kernel.Link(room.File("b", "abc"), room["a"]);
        Marks(room, "c", () => Kernel.Unlink(room["b"]), made: true);
    }

    [Clause("rename.2:ctime", "rename marks the ctime of the file.")]
    public static void RenamesFile(Room room) => Marks(room, "c", () =>
    {
        Kernel.Rename(room["a"], room["b"]);
        Kernel.Rename(room["b"], room["a"]);
    });

    [Clause("setxattr.2:ctime", "setxattr marks ctime only.")]
    public static void SetsXattr(Room room) => Marks(room, "c", () => Kernel.SetXattr(room["a"], "user.x", [1]));

    [Clause("write.2:zero", "A write of no bytes marks nothing.")]
    public static void WritesNothing(Room room) => Marks(room, "", () => Kernel.Write(room.Open("a", OpenFlag.WriteOnly), ""));

    [Clause("stat.2:quiet", "stat, access and open mark nothing.")]
    public static void Stats(Room room) => Marks(room, "", () =>
    {
        Kernel.Access(room["a"], 4);
        room.Open("a", OpenFlag.ReadWrite);
    });

    [Clause("open.2:parent-mtime", "Creating a file marks its directory's mtime and ctime.")]
    public static void Creates(Room room) => MarksParent(room, () => room.File("d/new"));

    [Clause("unlink.2:parent-mtime", "Removing a name marks its directory's mtime and ctime.")]
    public static void RemovesName(Room room) => MarksParent(room, () => Kernel.Unlink(room["d/f"]));

    [Clause("mkdir.2:parent-mtime", "mkdir marks the parent's mtime and ctime.")]
    public static void MakesDirectory(Room room) => MarksParent(room, () => Kernel.MakeDirectory(room["d/new"]));

    [Clause("rmdir.2:parent-mtime", "rmdir marks the parent's mtime and ctime.")]
    public static void RemovesDirectory(Room room) => MarksParent(room, () => Kernel.RemoveDirectory(room["d/e"]));

    [Clause("symlink.2:parent-mtime", "symlink marks the parent's mtime and ctime.")]
    public static void MakesLink(Room room) => MarksParent(room, () => Kernel.MakeLink("x", room["d/new"]));

    [Clause("link.2:parent-mtime", "link marks the new parent's mtime and ctime.")]
    public static void MakesHardLink(Room room) => MarksParent(room, () => Kernel.Link(room["d/f"], room["d/new"]));

    [Clause("mknod.2:parent-mtime", "mknod marks the parent's mtime and ctime.")]
    public static void MakesNode(Room room) => MarksParent(room, () => Kernel.MakeNode(room["d/new"], Mode.Fifo | Mode.File));

    [Clause("open.2:parent-quiet", "Opening a file that exists with O_CREAT, and writing it, leaves the directory's times.")]
    public static void OpensExisting(Room room)
    {
        TimeStamp before = Parent(room);
        Kernel.Write(room.Open("d/f", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File), "x");
        Kernel.Stat(room["d"]).Modified.ShouldBe(before);
    }

    [Clause("statx.2:btime", "STATX_BTIME: the birth time is that of creation and stays.")]
    public static void Birth(Room room)
    {
        TimeStamp before = Kernel.Stat(room.Path).Changed;
        room.File("a");
        Attributes born = Kernel.Stat(room["a"]);
        (born.Mask & 0x800).ShouldBe(0x800U);
        born.Born.ShouldBeGreaterThanOrEqualTo(before);
        Kernel.SetTimes(room["a"], s_long, s_long);
        Kernel.Stat(room["a"]).Born.ShouldBe(born.Born);
    }

    /// <summary>Which of a file's times the action marks: "a", "m", "c". The clock of times is coarse: ctime has to tick first.</summary>
    private static void Marks(Room room, string expected, Action action, bool made = false)
    {
        if (!made)
        {
            room.File("a", "abc");
        }

        Kernel.SetTimes(room["a"], new TimeStamp(1000, 0), new TimeStamp(2000, 0));
        Attributes before = Kernel.Stat(room["a"]);
        WaitForClock(room, before.Changed);
        action();
        Attributes after = Kernel.Stat(room["a"]);
        string marked = (after.Accessed.Equals(before.Accessed) ? "" : "a") + (after.Modified.Equals(before.Modified) ? "" : "m") + (after.Changed.Equals(before.Changed) ? "" : "c");
        marked.ShouldBe(expected);
    }

    private static void MarksParent(Room room, Action action)
    {
        TimeStamp modified = Parent(room);
        TimeStamp changed = Kernel.Stat(room["d"]).Changed;
        WaitForClock(room, changed);
        action();
        Kernel.Stat(room["d"]).Modified.ShouldBeGreaterThan(modified);
        Kernel.Stat(room["d"]).Changed.ShouldBeGreaterThan(changed);
    }

    private static TimeStamp Parent(Room room)
    {
        room.Directory("d");
        room.Directory("d/e");
        room.File("d/f");
        Kernel.SetTimes(room["d"], s_long, s_long);
        return s_long;
    }

    /// <summary>Until a mark differs from the last one.</summary>
    private static void WaitForClock(Room room, TimeStamp last)
    {
        Kernel.Drop(Kernel.Open(room["clock"], OpenFlag.WriteOnly | OpenFlag.Create, Mode.File));
        do
        {
            Kernel.Touch(room["clock"]);
        }
        while (Kernel.Stat(room["clock"]).Changed.CompareTo(last) <= 0);
    }
}
