namespace Tessera.Host.Metering;

/// <summary>What the container asks of the file or device beneath it, in the order in which it is shown.</summary>
internal enum DiskCall
{
    Read,

    /// <summary>Past the host's page cache, or into it: durable after a later flush.</summary>
    Write,

    /// <summary>A write that returns when its bytes are durable (RWF_DSYNC): how an fsync reaches the log.</summary>
    DurableWrite,

    /// <summary>fdatasync(2).</summary>
    Flush,
    Grow,
    Punch,
}
