namespace Tessera.Volumes.Repairing;

/// <summary>What a repair of a volume's logic has lost and mended.</summary>
public sealed record VolumeRepairReport
{
    /// <summary>Each thing that is lost, or not as it was.</summary>
    public required IReadOnlyList<VolumeLoss> Losses { get; init; }

    /// <summary>Records that were put right and cost nothing: counts, marks, leftovers.</summary>
    public required long Mended { get; init; }
}
