namespace Tessera.Container.Space;

/// <summary>What a run is wanted for: each use keeps its own place to go on from, so that nodes lie near nodes and data near data.</summary>
public enum SpaceUse
{
    Data = 0,
    Node = 1,

    /// <summary>The second copy of a node: in another group than the first where there is one.</summary>
    NodeCopy = 2,
}
