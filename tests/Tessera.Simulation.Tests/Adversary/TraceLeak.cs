namespace Tessera.Simulation.Tests.Adversary;

/// <summary>A mistake planted in a trace of writes, which the guesser must see.</summary>
internal enum TraceLeak
{
    None,

    /// <summary>Decoys always follow what is real.</summary>
    DecoysLast,

    /// <summary>Decoys go to one part of the medium.</summary>
    DecoysInOneCorner,

    /// <summary>Slots of decoys are free at once, and soon written again.</summary>
    DecoysWrittenAgain,

    /// <summary>What is written together lies in ascending order.</summary>
    AscendingSlots,

    /// <summary>Decoys of stripes are stripes of one slot, whatever is real.</summary>
    DecoysOfAnotherLength,
}
