namespace Tessera.Host.Copying;

/// <summary>What a copy has done so far, and what it could not do.</summary>
internal sealed class CopyTally
{
    private readonly List<CopyFailure> failures = [];
    private readonly List<CopyFailure> leftOut = [];
    private readonly HashSet<string> failed = new(StringComparer.Ordinal);

    public long Files { get; set; }

    public long Directories { get; set; }

    public long Symlinks { get; set; }

    /// <summary>Pipes, sockets, device nodes.</summary>
    public long Specials { get; set; }

    /// <summary>Names beyond the first of an inode.</summary>
    public long Links { get; set; }

    /// <summary>Bytes of contents copied; holes are none.</summary>
    public long Bytes { get; set; }

    /// <summary>Names that an earlier run had copied.</summary>
    public long Present { get; set; }

    /// <summary>Inodes with chattr(1) flags, which are set last.</summary>
    public long Flagged { get; set; }

    /// <summary>Inodes that could not be given to their owner.</summary>
    public long Disowned { get; set; }

    /// <summary>Bytes compared with the source, and names.</summary>
    public long VerifiedBytes { get; set; }

    public long VerifiedNames { get; set; }

    /// <summary>Something could not be read because a volume is damaged.</summary>
    public bool IsDamaged { get; private set; }

    public IReadOnlyList<CopyFailure> Failures => failures;

    public long FailureCount { get; private set; }

    /// <summary>Attributes that the target cannot keep.</summary>
    public IReadOnlyList<CopyFailure> LeftOut => leftOut;

    public long LeftOutCount { get; private set; }

    /// <summary>A name is told of once, by what befell it first: what was not copied is missing when the copy is verified, too.</summary>
    public void Fail(string path, string sentence, bool isDamage = false)
    {
        IsDamaged |= isDamage;
        if (failed.Contains(path))
        {
            return;
        }

        FailureCount++;
        if (failures.Count < CopyLimits.MaxNamed)
        {
            failed.Add(path);
            failures.Add(new CopyFailure(path, sentence));
        }
    }

    public void LeaveOut(string path, string what)
    {
        LeftOutCount++;
        if (leftOut.Count < CopyLimits.MaxNamed)
        {
            leftOut.Add(new CopyFailure(path, what));
        }
    }
}
