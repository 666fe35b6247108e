namespace Tessera.Wire.Importing;

/// <summary>How remote files are used.</summary>
public sealed record RemoteFileSystemOptions
{
    /// <summary>How long what came ahead of its asking (a small file with its open) may be believed.</summary>
    public TimeSpan Freshness { get; init; } = TimeSpan.FromSeconds(1);
}
