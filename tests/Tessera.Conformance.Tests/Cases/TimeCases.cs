using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>utimensat(2), and the birth time of statx(2).</summary>
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

    [Clause("utimensat.2:ctime", "The change time is marked whatever times are set, and not when both are UTIME_OMIT.")]
    public static void MarksChange(Room room)
    {
        room.File("a");
        TimeMarks.Of(room, "a", () => Kernel.SetTimes(room["a"], new TimeStamp(1000, 0), new TimeStamp(2000, 0))).ShouldBe("c");
        TimeMarks.Of(room, "a", () => Kernel.SetTimes(room["a"], s_omit, new TimeStamp(0, TimeStamp.Now))).ShouldBe("mc");
        TimeMarks.Of(room, "a", () => Kernel.Touch(room["a"])).ShouldBe("amc");
        TimeMarks.Of(room, "a", () => Kernel.SetTimes(room["a"], s_omit, s_omit)).ShouldBe("");
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
        Expect.Value("seconds of mtime", 32_503_680_000, Kernel.Stat(room["a"]).Modified.Seconds);
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
}
