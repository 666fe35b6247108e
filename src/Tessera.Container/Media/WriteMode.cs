namespace Tessera.Container.Media;

/// <summary>The way a write takes to the disk.</summary>
public enum WriteMode
{
    /// <summary>Through the host's page cache: cheapest for small appends that a later durable write or flush covers.</summary>
    Cached,

    /// <summary>Past the page cache (O_DIRECT) where the host can: for blocks and nodes.</summary>
    Direct,

    /// <summary>Survives a power cut when it returns (RWF_DSYNC).</summary>
    Durable,
}
