namespace Tessera.Wire.Importing;

/// <summary>How remote files are used.</summary>
public sealed record RemoteFileSystemOptions
{
    /// <summary>What is believed.</summary>
    public RemoteCaching Caching { get; init; }

    /// <summary>How long what came ahead of its asking (a directory's other names, a small file's content) may be believed, at least; on a long line it is some round
    /// trips (<see cref="RemoteFileSystem.BelievedFor"/>).</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromSeconds(1);

    /// <summary>The same at most, however long the line.</summary>
    public TimeSpan MostFreshness { get; init; } = TimeSpan.FromSeconds(5);
}
