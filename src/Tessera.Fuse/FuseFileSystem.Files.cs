namespace Tessera.Fuse;

/// <content>Operations on open files and directories.</content>
public abstract partial class FuseFileSystem
{
    /// <summary>ENOSYS means: opens always succeed, with handle zero, and neither this nor <see cref="Release"/> is asked again.</summary>
    public virtual ValueTask<FuseResult<FuseOpened>> Open(FuseRequest request, OpenArguments arguments) => new(Errno.ENOSYS);

    /// <summary>Fills <paramref name="buffer"/> (as long as was asked for) and answers the bytes read; fewer mean end of file.</summary>
    public virtual ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer) => new(Errno.ENOSYS);

    /// <summary>Answers the bytes written. <paramref name="data"/> starts on a page boundary.</summary>
    public virtual ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data) =>
        new(Errno.ENOSYS);

    /// <summary>One close(2) of a descriptor; its error is what close returns. May come several times, or not at all.</summary>
    public virtual ValueTask<Errno> Flush(FuseRequest request, FlushArguments arguments) => new(Errno.ENOSYS);

    /// <summary>The open file is gone: comes once per <see cref="Open"/> or <see cref="Create"/>, and nobody sees the error.</summary>
    public virtual ValueTask<Errno> Release(FuseRequest request, ReleaseArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> Fsync(FuseRequest request, FsyncArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> Fallocate(FuseRequest request, FallocateArguments arguments) => new(Errno.ENOSYS);

    /// <summary>SEEK_DATA and SEEK_HOLE: answers the offset found, ENXIO past the end.</summary>
    public virtual ValueTask<FuseResult<ulong>> Lseek(FuseRequest request, LseekArguments arguments) => new(Errno.ENOSYS);

    /// <summary>Answers the bytes copied. ENOSYS makes the kernel copy by reading and writing.</summary>
    public virtual ValueTask<FuseResult<ulong>> CopyFileRange(FuseRequest request, CopyFileRangeArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<FuseOpened>> OpenDirectory(FuseRequest request, OpenArguments arguments) => new(Errno.ENOSYS);

    /// <summary>Adds the entries after cookie <c>arguments.Offset</c> until the writer is full; none at all means the end.</summary>
    public virtual ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) => new(Errno.ENOSYS);

    /// <summary>As <see cref="ReadDirectory"/>, with attributes. Every entry added, but "." and "..", counts as a lookup.</summary>
    public virtual ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        new(Errno.ENOSYS);

    public virtual ValueTask<Errno> ReleaseDirectory(FuseRequest request, ReleaseArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> FsyncDirectory(FuseRequest request, FsyncArguments arguments) => new(Errno.ENOSYS);

    /// <summary>The first lock that would stand in the way, or one of type <see cref="LockType.Unlock"/>.</summary>
    public virtual ValueTask<FuseResult<FuseFileLock>> GetLock(FuseRequest request, LockArguments arguments) => new(Errno.ENOSYS);

    /// <summary>
    /// Takes or drops a lock. With <paramref name="wait"/> the task completes when the lock is had, or with EINTR once
    /// <see cref="FuseRequest.CancellationToken"/> is cancelled; without, EAGAIN if another holds it.
    /// </summary>
    public virtual ValueTask<Errno> SetLock(FuseRequest request, LockArguments arguments, bool wait) => new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<ulong>> Bmap(FuseRequest request, BmapArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<FuseIoctlResult>> Ioctl(
        FuseRequest request, IoctlArguments arguments, ReadOnlyMemory<byte> input, Memory<byte> output) => new(Errno.ENOSYS);

    /// <summary>Answers the poll(2) events that hold now.</summary>
    public virtual ValueTask<FuseResult<uint>> Poll(FuseRequest request, PollArguments arguments) => new(Errno.ENOSYS);

    /// <summary>What <see cref="FuseNotifier.Retrieve"/> asked for: cached bytes of the node from <paramref name="offset"/> on.</summary>
    public virtual void Retrieved(ulong nodeId, ulong offset, ReadOnlyMemory<byte> data)
    {
    }

    /// <summary>virtiofs only.</summary>
    public virtual ValueTask<Errno> SetupMapping(FuseRequest request, SetupMappingArguments arguments) => new(Errno.ENOSYS);

    /// <summary>virtiofs only.</summary>
    public virtual ValueTask<Errno> RemoveMapping(FuseRequest request) => new(Errno.ENOSYS);
}
