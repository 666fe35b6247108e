namespace Tessera.Container.Media;

/// <summary>How a file medium is opened.</summary>
public sealed record FileMediumOptions
{
    /// <summary>No write will be tried; the file may lie on a read-only mount.</summary>
    public bool ReadOnly { get; init; }

    /// <summary>
    /// Take the host's lock (flock(2)): alone when opened for writing, shared with other readers when <see cref="ReadOnly"/>. False is for whoever
    /// can live with a writer beside it: a reader that only looks at the header, a writer of a part that <see cref="FileMedium.LockRange"/> guards.
    /// </summary>
    public bool Locked { get; init; } = true;

    /// <summary>The times of the files show when they were last written to, also where there is nothing else that says what they are (<see cref="IHostMedium.HideTimes"/>).</summary>
    public bool ShowTimes { get; init; }

    /// <summary>Go past the host's page cache where the host allows it.</summary>
    public bool DirectIo { get; init; } = true;
}
