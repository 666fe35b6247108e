namespace Tessera.Container.Growing;

/// <summary>To what a container is grown.</summary>
public sealed record GrowthOptions
{
    /// <summary>The new size limit, bytes.</summary>
    public required long Size { get; init; }

    /// <summary>Told how much of the new room is filled with noise, 0 to 1; what it throws ends the growth, and the size stays as it was.</summary>
    public Action<double>? Progress { get; init; }
}
