using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Nodes;

/// <summary>An inode of the host that a door knows: found again by one of its names, and then compared with what it was.</summary>
/// <remarks>Everything that changes is under the lock of <see cref="NodeTable"/>, except <see cref="Opens"/> and what follows it: under the node's own monitor.</remarks>
internal sealed class Node(ulong id, HostIdentity identity, uint type)
{
    /// <summary>Never used twice in a mount.</summary>
    public ulong Id => id;

    public HostIdentity Identity => identity;

    /// <summary>The type bits of the mode.</summary>
    public uint Type => type;

    public bool IsDirectory => type == ModeBits.Directory;

    /// <summary>Names it was last seen by, the latest first.</summary>
    public NodeName? Names { get; set; }

    /// <summary>Names in this directory that nodes are known by.</summary>
    public int Children { get; set; }

    /// <summary>A door holds references.</summary>
    public bool IsKnown { get; set; }

    /// <summary>How often a reference was on its way to the door.</summary>
    public uint Handed { get; set; }

    /// <summary>A door held references when the last was on its way.</summary>
    public bool WasKnown { get; set; }

    /// <summary>Waits among the forgotten for its end.</summary>
    public bool IsForgotten { get; set; }

    /// <summary>A directory whose changes by others are told, or that cannot be watched.</summary>
    public bool IsWatched { get; set; }

    /// <summary>Found by its identity: false once it has been deleted, so that a successor with the same number is another node.</summary>
    public bool IsIndexed { get; set; }

    /// <summary>A directory's descriptor while it is in the cache.</summary>
    public CachedDirectory? Directory { get; set; }

    /// <summary>An open file or directory whose descriptor stands for the node, also when it has no name.</summary>
    public OpenFile? Open { get; set; }

    /// <summary>Opens of a regular file by the door.</summary>
    public int Opens { get; set; }

    /// <summary>The kernel's id for the file while it reads and writes it by itself; 0 when it does not.</summary>
    public int BackingId { get; set; }

    /// <summary>While it does: the modification time at which suid or sgid was known to be rightly set.</summary>
    public Timestamp? PrivilegedSince { get; set; }
}
