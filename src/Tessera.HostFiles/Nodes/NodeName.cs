namespace Tessera.HostFiles.Nodes;

/// <summary>A name in a directory that a node is known by.</summary>
internal sealed class NodeName(Node parent, byte[] name, Node node)
{
    public Node Parent => parent;

    public byte[] Name => name;

    public Node Node => node;

    /// <summary>The node's next older name.</summary>
    public NodeName? Older { get; set; }
}
