using Tessera.Container.Tables;
using Tessera.Container.Tree;

namespace Tessera.Container;

/// <summary>What readers see: the table commits go to, the one being checkpointed, the tree. Immutable; replaced whole.</summary>
public sealed record View(Memtable Active, Memtable? Frozen, TreeRoot Tree);
