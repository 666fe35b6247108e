namespace Tessera.Core.FileSystem;

/// <summary>What statx(2) tells of an inode.</summary>
public record struct InodeAttributes
{
    /// <summary>Inode number: never reused within a volume. The root is <see cref="FsLimits.RootInode"/>.</summary>
    public ulong Ino;

    /// <summary>The number that programs are shown (st_ino), where it is not <see cref="Ino"/>; 0: it is.</summary>
    public ulong ShownIno;

    /// <summary>Generation, for handles that outlive a server (NFS, FUSE_EXPORT_SUPPORT).</summary>
    public ulong Generation;

    /// <summary>Type and permission bits, see <see cref="ModeBits"/>.</summary>
    public uint Mode;
    public uint LinkCount;
    public InodeFlags Flags;
    public uint Uid;
    public uint Gid;

    /// <summary>Device number as Linux encodes it in 32 bits (new_encode_dev), for device nodes.</summary>
    public uint Rdev;

    /// <summary>Size in bytes.</summary>
    public ulong Size;

    /// <summary>Allocated size in units of 512 bytes.</summary>
    public ulong Blocks;
    public Timestamp AccessTime;
    public Timestamp ModifyTime;
    public Timestamp ChangeTime;
    public Timestamp BirthTime;

    /// <summary>Some of it is not known yet: whoever asks again is told more.</summary>
    public bool IsProvisional;

    /// <summary>Told to this caller alone: nobody may remember that the name leads here or, where <see cref="Ino"/> is 0, that there is no such name.</summary>
    public bool IsMomentary;

    /// <summary>Grows by at least one with every change of data or metadata (statx <c>stx_change_cookie</c>, NFSv4 change).</summary>
    public ulong Change;
}
