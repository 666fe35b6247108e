namespace Tessera.Testing.Simulation;

/// <summary>What happens, at a power cut, to writes that completed but were never flushed, and to the one in flight.</summary>
public enum CutMode
{
    /// <summary>Each 512-byte sector of each write survives or not, by its own throw.</summary>
    Sectors,

    /// <summary>Each write survives whole or not at all.</summary>
    Writes,

    /// <summary>Everything survives but one write, or one sector of it.</summary>
    AllButOne,

    /// <summary>Writes reached the disk in order up to some sector of some write; nothing after it did.</summary>
    Prefix,

    /// <summary>Nothing survives that was not durable.</summary>
    Nothing,

    /// <summary>Everything survives, the write in flight included.</summary>
    Everything,
}
