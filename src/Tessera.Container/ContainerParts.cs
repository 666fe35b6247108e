using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;

namespace Tessera.Container;

/// <summary>What opening puts together and a store works with.</summary>
internal sealed record ContainerParts(
    IMedium Medium,
    ContainerHeader Header,
    SealingKeys Keys,
    SpaceMap Space,
    NodeCache Cache,
    NodeReader Nodes,
    ChainStore Chains,
    RootStore Roots,
    PartSet? Set);
