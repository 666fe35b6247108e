using Tessera.Host.CommandLine;

namespace Tessera.Host.Copying;

/// <summary>Tells how far a copy is: a bar on a terminal, lines of JSON for programs.</summary>
internal sealed class CopyProgress(ProgressLine line, CopyTally tally, bool json)
{
    private const long BetweenBarsMs = 100;
    private const long BetweenLinesMs = 1000;
    private long nextMs;

    /// <summary>"counting", "copying", "verifying" or "finishing".</summary>
    public string Doing { get; set; } = "counting";

    /// <summary>Names in the source; 0 until they are counted.</summary>
    public long TotalNames { get; set; }

    /// <summary>The sizes of its files in sum, holes among them; 0 until they are counted.</summary>
    public long TotalBytes { get; set; }

    /// <summary>Names done by the present pass.</summary>
    public long Names { get; private set; }

    /// <summary>Bytes done by the present pass: those of holes, and of what was there already, with them.</summary>
    public long Bytes { get; private set; }

    private long within;

    public void Begin(string doing)
    {
        (Doing, Names, Bytes, within) = (doing, 0, 0, 0);
        Show(always: true);
    }

    public void AddBytes(int count)
    {
        tally.Bytes += count;
        within += count;
        Show();
    }

    public void AddVerifiedBytes(int count)
    {
        tally.VerifiedBytes += count;
        within += count;
        Show();
    }

    /// <summary>A name is done, whatever of its size had to be read for it.</summary>
    public void AddName(ulong size)
    {
        Names++;
        Bytes += (long)Math.Min(size, long.MaxValue / 2);
        within = 0;
        Show();
    }

    private void Show(bool always = false)
    {
        long now = Environment.TickCount64;
        if (now < nextMs && !(always && json))
        {
            return;
        }

        nextMs = now + (json ? BetweenLinesMs : BetweenBarsMs);
        if (json)
        {
            FactWriter.WriteJsonLine(new CopyProgressFacts(Doing, Names, TotalNames, Bytes + within, TotalBytes));
        }
        else
        {
            line.Show(Doing, Part);
        }
    }

    /// <summary>A name weighs as much as some bytes: a tree of empty files moves the bar too.</summary>
    private double? Part
    {
        get
        {
            const double NameBytes = 16 << 10;
            double total = TotalBytes + (TotalNames * NameBytes);
            return Doing == "counting" || total == 0 ? null : Math.Clamp((Bytes + within + (Names * NameBytes)) / total, 0, 1);
        }
    }
}
