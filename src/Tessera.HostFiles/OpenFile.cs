using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>An open file or directory of the door.</summary>
internal sealed class OpenFile(Node node, Descriptor descriptor)
{
    public Node Node => node;

    public Descriptor Descriptor => descriptor;

    public ulong Handle { get; set; }

    public bool CanWrite { get; init; }

    /// <summary>The kernel's id by which it reads and writes the file by itself; 0: it does not.</summary>
    public int BackingId { get; set; }

    /// <summary>The next open file of the same node.</summary>
    public OpenFile? Next { get; set; }
}
