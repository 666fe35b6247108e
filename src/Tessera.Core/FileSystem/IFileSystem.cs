namespace Tessera.Core.FileSystem;

/// <summary>The one seam between doors and file systems: operations on inodes by a caller.</summary>
/// <remarks>
/// <para>Results complete synchronously when the answer is in memory. Outcomes are values; an exception is a fault, and the door answers EIO.</para>
/// <para>Names and buffers are lent by the caller until the task completes. Names are bytes, 1–255, without '/' and NUL; "." and ".."
/// only where said.</para>
/// <para>Any number of calls run at once, in any order. Unrelated inodes do not wait for each other. An operation is done, and
/// survives the end of this process, when its task completes; it survives a power cut after <see cref="SyncAsync"/>.</para>
/// <para>An inode lives while it has links, open handles, or a door that has not said <see cref="Forget"/> since it was last told of it.</para>
/// </remarks>
public interface IFileSystem
{
    /// <summary>Finds a name in a directory. <see cref="FsError.NotFound"/>, <see cref="FsError.NotDirectory"/>, <see cref="FsError.AccessDenied"/>.
    /// The name ".." gives a directory's parent, and "." the inode itself, of whatever kind it is, as long as it has a link: so ask handles that
    /// outlive a server (open_by_handle_at(2), NFS). <see cref="FsError.Stale"/> when there is no such inode.</summary>
    ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name);

    /// <summary>The door holds no more references to the inode (FUSE_FORGET brought its count to zero).</summary>
    void Forget(ulong ino);

    ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino);

    /// <summary>chmod, chown, truncate, utimensat and chattr in one, atomically.</summary>
    ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes);

    /// <summary>access(2): <paramref name="mask"/> is R_OK 4, W_OK 2, X_OK 1.</summary>
    ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask);

    /// <summary>Copies the target of a symbolic link into <paramref name="destination"/> (at least <see cref="FsLimits.MaxSymlink"/> bytes); its length.</summary>
    ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination);

    /// <summary>mknod(2), mkdir(2), symlink(2).</summary>
    ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node);

    /// <summary>open(2) with O_CREAT: makes and opens a regular file; opens the existing one unless <see cref="OpenFlags.Exclusive"/>.</summary>
    ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags);

    /// <summary>open(2) with O_TMPFILE: makes and opens a regular file without a name, in the directory's group. <see cref="LinkAsync"/> may give it one, unless
    /// <see cref="OpenFlags.Exclusive"/> was given; otherwise it goes with its last handle.</summary>
    ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags);

    ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName);

    ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name);

    ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name);

    ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags);

    /// <summary>Opens a regular file; the handle is valid until <see cref="ReleaseAsync"/>.</summary>
    ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags);

    /// <summary>Bytes read: fewer than asked only at the end of the file.</summary>
    ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination);

    /// <summary>Bytes written: all, or an error and none of the file's metadata changed.</summary>
    ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags);

    /// <summary>fallocate(2) on <paramref name="length"/> bytes. <see cref="FsError.NotSupported"/> for modes it does not know. Space for later
    /// writes is looked for, not set aside: they may still meet <see cref="FsError.NoSpace"/>.</summary>
    ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes);

    /// <summary>copy_file_range(2): bytes copied, fewer than asked where the source ends, or after as many as were copied before a failure; the
    /// copy shares what it can with the source. <see cref="FsError.InvalidArgument"/> for ranges of one file that overlap.</summary>
    ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length);

    /// <summary>lseek(2) with SEEK_DATA or SEEK_HOLE: the first such offset from the span's on; the end of a file counts as a hole.
    /// <see cref="FsError.NoSuchAddress"/> at and after the file's end, and where no data follow.</summary>
    ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target);

    /// <summary>close(2) of one descriptor: everything written through the inode survives the end of this process when it completes.</summary>
    ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle);

    /// <summary>fsync(2) or, with <paramref name="dataOnly"/>, fdatasync(2); of a directory too. Survives a power cut when it completes.</summary>
    ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly);

    /// <summary>The last descriptor of an open is gone.</summary>
    ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle);

    ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino);

    /// <summary>Gives the entries after <paramref name="cookie"/> (0: from the start, with "." and ".." first) to <paramref name="sink"/> until it is full or the directory ends.</summary>
    ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink);

    ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle);

    ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags);

    /// <summary>The value's length; its bytes are in <paramref name="destination"/> when they fit, <see cref="FsError.OutOfRange"/> when they do not (an empty destination asks for the length only).</summary>
    ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination);

    /// <summary>NUL-terminated names one after the other, as listxattr(2); lengths as in <see cref="GetXattrAsync"/>.</summary>
    ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination);

    ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name);

    ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller);
}
