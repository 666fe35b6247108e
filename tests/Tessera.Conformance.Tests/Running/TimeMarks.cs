using System.Diagnostics;
using Tessera.Conformance.Tests.Calls;

namespace Tessera.Conformance.Tests.Running;

/// <summary>Which times of a file or directory an action marks. Its times are set far back, and the clock has visibly moved on from its last ctime, so that every mark shows.</summary>
internal static class TimeMarks
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    /// <summary>The marks of one name.</summary>
    public static string Of(Room room, string name, Action action) => Of(room, [name], action)[0];

    /// <summary>For each name the letters of those times that the action marks: "a", "m", "c"; followed by "-" where one went back.</summary>
    /// <param name="room">A file "clock" is made in it, so that its own times are of no use.</param>
    /// <param name="names">Links are not followed. What bears the name before the action is looked at after it, whatever it is called then.</param>
    /// <param name="action">Makes, or provokes, the change.</param>
    public static string[] Of(Room room, string[] names, Action action)
    {
        Array.ForEach(names, name => Kernel.SetTimes(room[name], new TimeStamp(1000, 0), new TimeStamp(2000, 0), Kernel.NoFollow));
        int[] files = [.. names.Select(name => room.Open(name, OpenFlag.Path | OpenFlag.NoFollow))];
        Attributes[] before = [.. files.Select(file => Kernel.Stat(file))];
        AwaitClock(room, before.Max(one => one.Changed));
        action();
        return [.. files.Select((file, index) => Marks(before[index], Kernel.Stat(file)))];
    }

    /// <summary>Until a mark made now is later than another: the clock of times may be coarse.</summary>
    public static void AwaitClock(Room room, TimeStamp last)
    {
        Kernel.Drop(Kernel.Open(room["clock"], OpenFlag.WriteOnly | OpenFlag.Create, Mode.File));
        var watch = Stopwatch.StartNew();
        do
        {
            watch.Elapsed.ShouldBeLessThan(s_limit, "the clock of times stands still");
            Kernel.Touch(room["clock"]);
        }
        while (Kernel.Stat(room["clock"]).Changed.CompareTo(last) <= 0);
    }

    private static string Marks(in Attributes before, in Attributes after) =>
        Mark("a", before.Accessed, after.Accessed) + Mark("m", before.Modified, after.Modified) + Mark("c", before.Changed, after.Changed);

    private static string Mark(string letter, TimeStamp before, TimeStamp after) => after.CompareTo(before) switch
    {
        0 => "",
        > 0 => letter,
        _ => letter + "-",
    };
}
