namespace Tessera.Container.Rotating;

/// <summary>What became of an older key.</summary>
/// <param name="IsRetired">It is gone: nothing is sealed under it. When it is not, and nothing is named below, somebody reads an older root, or the volume is too
/// full to hold one: another attempt may do.</param>
/// <param name="Nodes">Tree nodes whose ways were written anew.</param>
/// <param name="OutdatedEntries">Entries that still name a block under the older key: the key has to stay.</param>
/// <param name="LostNodes">Nodes under it of which no copy opens: the key has to stay until a repair has given them up.</param>
public sealed record RetirementResult(bool IsRetired, long Nodes, long OutdatedEntries, long LostNodes);
