using Tessera.Container.Format;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Told of every node and block of a tree, each once, parents first.</summary>
internal interface ITreeVisitor
{
    /// <summary>An authentic node, with its slots as they are stored. The span is lent for the call.</summary>
    void VisitNode(NodeReference reference, ReadOnlySpan<byte> stored);

    void VisitBlock(BlockReference block);

    /// <summary>A node's copy does not open.</summary>
    void NoteDamagedCopy(NodeReference reference, int copy);
}
