namespace Tessera.Container.Checking;

/// <summary>What was found. The names are stable: they are printed by <c>--json</c>.</summary>
public enum FindingKind
{
    /// <summary>One copy of the header does not have its checksum.</summary>
    HeaderCopyDamaged,

    /// <summary>The two copies of the header are whole and differ.</summary>
    HeaderCopiesDiffer,

    /// <summary>One copy of a root does not open.</summary>
    RootCopyDamaged,

    /// <summary>No copy of the older kept root opens.</summary>
    OlderRootDamaged,

    /// <summary>The newest root's chains do not open: an older state is all there is.</summary>
    RootUnusable,

    /// <summary>One copy of a chain is damaged.</summary>
    ChainCopyDamaged,

    /// <summary>The log has a hole: commits that were durable are gone.</summary>
    LogDamaged,

    /// <summary>One copy of a tree node is damaged.</summary>
    NodeCopyDamaged,

    /// <summary>The medium is shorter than the root says.</summary>
    MediumCutShort,

    /// <summary>Both copies of a tree node are damaged: every key below it is lost.</summary>
    NodeLost,

    /// <summary>An authentic node breaks a rule of the tree: a bug of the program that wrote it.</summary>
    NodeMalformed,

    /// <summary>A unit of a block does not authenticate.</summary>
    BlockDamaged,

    /// <summary>Slots of a stripe are damaged or lost, no more than its parity makes good.</summary>
    StripeDamaged,

    /// <summary>Two things lie in one slot.</summary>
    SlotUsedTwice,

    /// <summary>A slot is marked used, and nothing uses it.</summary>
    SlotLeaked,

    /// <summary>A slot is in use, and marked free: it may be overwritten.</summary>
    SlotNotMarked,

    /// <summary>A page of the free space map has the wrong length, or a group its wrong count.</summary>
    SpaceMapWrong,

    /// <summary>A repair was begun and not finished: what it found lost is noted in the tree.</summary>
    RepairUnfinished,

    /// <summary>The root's own counts (used slots, leaves) are wrong.</summary>
    RootCountWrong,
}
