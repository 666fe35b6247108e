namespace Tessera.Container.Format;

/// <summary>What the medium gives away.</summary>
public enum ContainerProfile : byte
{
    /// <summary>Contents in the clear, checksummed.</summary>
    Plain = 0,

    /// <summary>Everything sealed; a readable header; used space and locality show.</summary>
    Sealed = 1,

    /// <summary>Everything sealed, the header too, and every unused byte noise: one copy of the medium shows its length and nothing else
    /// (docs/format/scattered.md).</summary>
    Scattered = 2,
}

/// <summary>How free slots are chosen.</summary>
public enum PlacementKind : byte
{
    /// <summary>Runs, near what was written before.</summary>
    Local = 0,

    /// <summary>Single slots, uniformly at random.</summary>
    Scattered = 1,
}
