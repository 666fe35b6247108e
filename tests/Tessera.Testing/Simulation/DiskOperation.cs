namespace Tessera.Testing.Simulation;

/// <summary>One entry of a trace: something that changed the disk, or made changes durable.</summary>
/// <param name="Kind">One kind, never a set.</param>
/// <param name="Offset">Where, bytes; the new length for <see cref="DiskOperations.Grow"/>.</param>
/// <param name="Length">How much, bytes.</param>
public sealed record DiskOperation(DiskOperations Kind, long Offset, long Length)
{
    public const int SectorBytes = 512;

    /// <summary>The operation was answered with a failure. A failed write has changed the sectors recorded here and no others.</summary>
    public bool Failed { get; init; }

    internal byte[] Data { get; init; } = [];

    /// <summary>Set when a flush failed after this write: the seed has decided which of its sectors are on the disk, and no later flush changes that.</summary>
    internal (int Flush, ulong Seed)? Verdict { get; set; }

    internal bool IsWrite => (Kind & DiskOperations.Write) != DiskOperations.None;

    internal int Sectors => Kind switch
    {
        DiskOperations.Grow => 1,
        DiskOperations.Punch => (int)((Length + DiskImage.PageBytes - 1) / DiskImage.PageBytes),
        _ => (int)(Length / SectorBytes),
    };

    public override string ToString() => Kind switch
    {
        DiskOperations.Flush => Failed ? "failed Flush" : "Flush",
        DiskOperations.Grow => $"Grow to {Offset}",
        _ => $"{(Failed ? "failed " : "")}{Kind} of {Length} at {Offset}",
    };
}
