namespace Tessera.Fuse;

/// <summary>Sizes the protocol fixes.</summary>
internal static class Limits
{
    /// <summary>The kernel takes a page less the NUL it adds itself (<c>fuse_readlink_page</c>).</summary>
    public const uint LongestSymlink = 4095;

    /// <summary><c>struct fuse_ioctl_out</c> lies between an ioctl reply's header and its data.</summary>
    public const int IoctlReplyPrefix = 16;

    /// <summary>The kernel refuses a reply whose error is not below this (<c>fuse_dev_do_write</c>), and leaves its caller waiting.</summary>
    public const int FirstInvalidErrno = 512;
}
