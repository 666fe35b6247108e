namespace Tessera.Volumes.Inodes;

/// <summary>What an inode's record says besides its attributes.</summary>
[Flags]
internal enum InodeMarks : byte
{
    None = 0,

    /// <summary>It has extended attributes.</summary>
    HasXattrs = 1,

    /// <summary>One of them is security.capability, which a write removes.</summary>
    HasCapability = 2,

    /// <summary>An Unsettled key stands for it.</summary>
    Unsettled = 4,

    /// <summary>One of them is system.posix_acl_access, which changes with the mode.</summary>
    HasAccessAcl = 8,

    /// <summary>One of them is system.posix_acl_default, which what is made in the directory inherits.</summary>
    HasDefaultAcl = 16,
}
