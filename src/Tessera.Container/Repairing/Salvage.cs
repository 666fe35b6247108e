using Tessera.Container.Checking;
using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container.Repairing;

/// <summary>What the first checkpoint of a repair puts into the tree besides entries: bitmaps of what was reached, and a note of what is lost.</summary>
/// <param name="Ledger">What was reached, and what the old root tells to be used.</param>
/// <param name="Rewrites">Ways to nodes with a damaged copy or none, in ascending order.</param>
/// <param name="Lost">Keys below nodes without copies; those of an unfinished repair too.</param>
/// <param name="Carried">The space changes of the root that is repaired, for the root after it, should the repair be cut short.</param>
internal sealed record Salvage(SlotLedger Ledger, IReadOnlyList<byte[]> Rewrites, IReadOnlyList<KeyRange> Lost, SpaceChanges Carried);
