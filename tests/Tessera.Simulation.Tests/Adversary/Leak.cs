namespace Tessera.Simulation.Tests.Adversary;

/// <summary>A mistake planted in a medium, which the guesser must see.</summary>
internal enum Leak
{
    None,

    /// <summary>The volume begins with a magic.</summary>
    ReadableMagic,

    /// <summary>The medium was not filled: what is free is zero.</summary>
    ZeroedFreeSlots,

    /// <summary>A run that was given up went back to the host.</summary>
    PunchedHole,

    /// <summary>The number of commits stands in the clear at the end of a root.</summary>
    PlainCounter,

    /// <summary>The sealed profile with scattered slots on a medium of noise, its header and key slots overwritten with noise: both copies of nodes and roots are alike,
    /// and the log ends in zeros.</summary>
    AlikeCopies,

    /// <summary>Key slots that are not in use are zeros.</summary>
    ZeroedKeySlots,

    /// <summary>Parity without the masks of its places: of a stripe of one slot it is a multiple of that slot.</summary>
    UnmaskedParity,

    /// <summary>The copies of the log's slots without the masks of their places: they are equal.</summary>
    UnmaskedLog,
}
