namespace Tessera.Host.Bench;

/// <summary>What "tessera bench" prints: the shape of its JSON (docs/guide/profiling.md).</summary>
internal sealed record BenchReport
{
    public int Schema { get; init; } = 1;

    public required string Volume { get; init; }

    public required string MountPoint { get; init; }

    /// <summary>The directory of the volume, whose file system is the measure; null when nothing can be written there and reference values are.</summary>
    public string? NativePath { get; init; }

    /// <summary>Why not.</summary>
    public string? NativeReason { get; init; }

    /// <summary>The large file, bytes; smaller when space is short.</summary>
    public required long FileBytes { get; init; }

    public required IReadOnlyList<BenchRow> Rows { get; init; }

    /// <summary>Programs that wanted a processor in the minute before, on average (proc(5), loadavg).</summary>
    public required double LoadBefore { get; init; }

    /// <summary>Other programs had the processors before it began: a mount, which needs two of them for each call, then suffers more than the native file system.</summary>
    public bool WasBusy => LoadBefore > Environment.ProcessorCount / 2.0;

    /// <summary>False when it was interrupted: then the rows measured by then are here.</summary>
    public required bool Complete { get; init; }

    public int Slow => Rows.Count(row => !row.Good);
}
