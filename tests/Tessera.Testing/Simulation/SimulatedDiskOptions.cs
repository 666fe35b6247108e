namespace Tessera.Testing.Simulation;

/// <summary>The kind of disk to simulate.</summary>
public sealed record SimulatedDiskOptions
{
    private const long Mebibyte = 1024 * 1024;

    /// <summary>Decides unwritten bytes and the outcome of faults. Print it when a test fails.</summary>
    public ulong Seed { get; init; } = 1;

    /// <summary>Length of a new disk, bytes.</summary>
    public long LengthBytes { get; init; } = 64 * Mebibyte;

    /// <summary>Growing beyond this is <see cref="Container.Media.MediumFault.NoSpace"/>.</summary>
    public long CapacityBytes { get; init; } = 1024 * Mebibyte;

    /// <summary>What direct I/O must be aligned to, bytes.</summary>
    public int Alignment { get; init; } = 4096;

    /// <summary>
    /// Keep everything written, so that <see cref="DiskTrace"/> gives the image of any cut. Without it only what was written since the last flush is
    /// kept, and of that no more than <see cref="WriteBackBytes"/>.
    /// </summary>
    public bool Traced { get; init; }

    /// <summary>Of an untraced disk: this much unflushed, and the host writes it all back on its own, as kernels do.</summary>
    public long WriteBackBytes { get; init; } = 64 * Mebibyte;
}
