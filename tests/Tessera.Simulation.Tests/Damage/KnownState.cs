using System.Collections.Immutable;
using Tessera.Core.FileSystem;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>All of a volume after one of its commits.</summary>
/// <param name="Sequence">The commit.</param>
/// <param name="Nodes">Everything but the root directory, by inode.</param>
internal sealed record KnownState(ulong Sequence, ImmutableDictionary<ulong, KnownNode> Nodes)
{
    public IEnumerable<ulong> Directories => Nodes.Where(node => node.Value.IsDirectory).Select(node => node.Key).Prepend(FsLimits.RootInode);

    public string PathOf(KnownNode node) => Nodes.TryGetValue(node.Parent, out KnownNode? parent) ? $"{PathOf(parent)}/{node.Name}" : $"/{node.Name}";
}
