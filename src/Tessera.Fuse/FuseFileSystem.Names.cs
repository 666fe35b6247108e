namespace Tessera.Fuse;

/// <content>Operations that change the tree.</content>
public abstract partial class FuseFileSystem
{
    public virtual ValueTask<FuseResult<FuseEntry>> MakeNode(FuseRequest request, ReadOnlyMemory<byte> name, MakeNodeArguments arguments) =>
        new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<FuseEntry>> MakeDirectory(
        FuseRequest request, ReadOnlyMemory<byte> name, MakeDirectoryArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target) =>
        new(Errno.ENOSYS);

    /// <summary>Fills <paramref name="target"/> (4,095 bytes) and answers the length.</summary>
    public virtual ValueTask<FuseResult<int>> ReadLink(FuseRequest request, Memory<byte> target) => new(Errno.ENOSYS);

    /// <summary>A further name, in <see cref="FuseRequest.NodeId"/>, for an existing node. Counts as a lookup of it.</summary>
    public virtual ValueTask<FuseResult<FuseEntry>> Link(FuseRequest request, ulong existingNodeId, ReadOnlyMemory<byte> newName) =>
        new(Errno.ENOSYS);

    public virtual ValueTask<Errno> Unlink(FuseRequest request, ReadOnlyMemory<byte> name) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> RemoveDirectory(FuseRequest request, ReadOnlyMemory<byte> name) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> Rename(
        FuseRequest request, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, RenameFlags flags) => new(Errno.ENOSYS);

    /// <summary>Creates and opens in one. ENOSYS makes the kernel use <see cref="MakeNode"/> and <see cref="Open"/>.</summary>
    public virtual ValueTask<FuseResult<FuseCreated>> Create(FuseRequest request, ReadOnlyMemory<byte> name, CreateArguments arguments) =>
        new(Errno.ENOSYS);

    /// <summary>open(2) with O_TMPFILE: creates an unnamed file in the directory and opens it.</summary>
    public virtual ValueTask<FuseResult<FuseCreated>> TmpFile(FuseRequest request, CreateArguments arguments) => new(Errno.ENOSYS);

    /// <summary>An extended attribute's value: fills <paramref name="value"/> and answers the length, or just answers the length if it is empty; ERANGE if it does not fit.</summary>
    public virtual ValueTask<FuseResult<int>> GetXattr(FuseRequest request, ReadOnlyMemory<byte> name, Memory<byte> value) => new(Errno.ENOSYS);

    /// <summary>Names, each ended by NUL; otherwise as <see cref="GetXattr"/>.</summary>
    public virtual ValueTask<FuseResult<int>> ListXattr(FuseRequest request, Memory<byte> names) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> SetXattr(
        FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, SetXattrArguments arguments) => new(Errno.ENOSYS);

    public virtual ValueTask<Errno> RemoveXattr(FuseRequest request, ReadOnlyMemory<byte> name) => new(Errno.ENOSYS);
}
