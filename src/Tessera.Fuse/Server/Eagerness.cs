using System.Diagnostics;

namespace Tessera.Fuse;

/// <summary>
/// Whether to look for the next request before sleeping. Waking a thread costs more than most requests take, so a program that waits for
/// each answer is served half as fast again by a thread that is still awake; but a thread that looks in vain only warms the room. So it looks
/// while that has lately succeeded, and a sleep that proves short makes it look again. Used by one thread at a time; a race costs a wrong guess.
/// </summary>
internal struct Eagerness
{
    /// <summary>Longest look: about what a sleep and its wake-up cost.</summary>
    private static readonly long s_look = Stopwatch.Frequency * 20 / 1_000_000;

    private const int MaxCredit = 8;
    private int _credit;

    /// <summary>With one processor the thread would keep it from the program it waits for.</summary>
    public static bool IsPossible { get; } = Environment.ProcessorCount > 1;

    /// <summary>Whether to look once more, having begun at this <see cref="Stopwatch"/> time.</summary>
    public readonly bool MayLook(long begun) => _credit > 0 && Stopwatch.GetTimestamp() - begun < s_look;

    /// <summary>The thread slept, having begun to look or to sleep at this time, and has been woken.</summary>
    public void Woken(long begun)
    {
        var wasShort = Stopwatch.GetTimestamp() - begun < s_look * 5 / 2;
        _credit = wasShort ? MaxCredit : Math.Max(0, _credit - 1);
    }
}
