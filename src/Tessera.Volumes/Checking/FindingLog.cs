namespace Tessera.Volumes.Checking;

/// <summary>Gathers findings, within a limit.</summary>
internal sealed class FindingLog(int maxFindings)
{
    private readonly List<Found> found = [];

    /// <summary>As they were found.</summary>
    public IReadOnlyList<Found> All => found;

    /// <summary>Findings beyond the limit.</summary>
    public long More { get; private set; }

    public bool IsDataLost { get; private set; }

    public void Add(FindingKind kind, ulong ino, string what, EntryPlace? place = null)
    {
        IsDataLost |= kind.Severity == VolumeFindingSeverity.DataLost;
        if (found.Count < maxFindings)
        {
            found.Add(new Found(kind, ino, what, place));
        }
        else
        {
            More++;
        }
    }

    /// <summary>A finding whose path is not looked for yet.</summary>
    internal readonly record struct Found(FindingKind Kind, ulong Ino, string What, EntryPlace? Place);

    /// <summary>A name in a directory: where a finding is that belongs to an entry rather than to an inode.</summary>
    internal sealed record EntryPlace(ulong Directory, string Name);
}
