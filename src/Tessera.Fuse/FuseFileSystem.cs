namespace Tessera.Fuse;

/// <summary>
/// A file system as the kernel sees it: operations on inodes, named by the 64-bit node id that an earlier <see cref="FuseEntry"/> gave out.
/// The root is node 1. Override what you support; anything else answers <see cref="Errno.ENOSYS"/>, which the kernel mostly remembers.
/// </summary>
/// <remarks>
/// <para>Calls come from the server's reader threads and overlap. An answer that is at hand should be returned completed: it costs no
/// allocation. A handler that must wait either returns an incomplete task, or calls <see cref="FuseServer.PassReaderRole"/> and blocks.</para>
/// <para><see cref="FuseRequest"/> and every memory passed in are lent: valid until the task completes, and then reused. Names are bytes,
/// without a NUL and never empty; the kernel has resolved "." and ".." except with <see cref="FuseFeatures.ExportSupport"/>.</para>
/// <para>Outcomes are values. An exception that escapes answers EIO and is told to <see cref="FuseOptions.OnFault"/>.
/// Unless said otherwise, <see cref="FuseRequest.NodeId"/> is the node operated on, or the parent of the name given.</para>
/// </remarks>
public abstract partial class FuseFileSystem
{
    /// <summary>The node id of the mount's root; the kernel never looks it up and never forgets it.</summary>
    public const ulong RootNodeId = 1;

    /// <summary>The connection is made; nothing is asked before.</summary>
    public virtual void Initialized(FuseConnection connection)
    {
    }

    /// <summary>The connection is gone and all requests are answered. Called once, if <see cref="Initialized"/> was.</summary>
    public virtual void Destroyed()
    {
    }

    /// <summary>Resolves a name. A missing one is ENOENT, or an entry with node id zero to let the kernel remember that.</summary>
    public virtual ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name) => new(Errno.ENOSYS);

    /// <summary>The kernel drops <paramref name="lookups"/> of the entries it was given for the node: see <see cref="LookupCounts"/>.</summary>
    public virtual void Forget(ulong nodeId, ulong lookups)
    {
    }

    public virtual ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments) =>
        new(Errno.ENOSYS);

    /// <summary>chmod, chown, truncate, utimensat in one; answers the attributes afterwards.</summary>
    public virtual ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest request, SetAttributesArguments arguments) =>
        new(Errno.ENOSYS);

    /// <summary>statx(2), where birth time is wanted. ENOSYS makes the kernel use <see cref="GetAttributes"/>.</summary>
    public virtual ValueTask<FuseResult<FuseStatxReply>> Statx(FuseRequest request, StatxArguments arguments) => new(Errno.ENOSYS);

    /// <summary>access(2), when the mount is without <c>default_permissions</c>. ENOSYS means yes, always.</summary>
    public virtual ValueTask<Errno> Access(FuseRequest request, uint mask) => new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<FuseStatFs>> StatFs(FuseRequest request) => new(Errno.ENOSYS);

    /// <summary>syncfs(2). Not sent to ordinary daemons by kernels up to 6.18.</summary>
    public virtual ValueTask<Errno> SyncFs(FuseRequest request) => new(Errno.ENOSYS);
}
