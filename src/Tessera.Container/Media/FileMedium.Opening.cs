using System.Diagnostics.CodeAnalysis;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>From a path to two descriptors, a lock and what the host says of alignment.</summary>
public sealed partial class FileMedium
{
    /// <summary>Owner only: whoever may read the file may copy the sealed volume.</summary>
    private const uint OwnerOnly = 0x180;

    private FileMedium(string path, SafeFileHandle buffered, in Statx identity, FileMediumOptions options)
    {
        queues = new PieceQueues(this);
        this.path = path;
        this.buffered = buffered;
        isDevice = (identity.Mode & HostFlags.TypeMask) == HostFlags.BlockDevice;
        isLocked = options.Locked;
        IsReadOnly = options.ReadOnly;
        length = (isDevice ? DeviceLength() : (long)identity.Size) & -PageBytes;
        (int Offset, int Memory)? alignment = DirectAlignment(identity);
        Alignment = alignment?.Offset ?? PageBytes;
        memoryAlignment = alignment?.Memory ?? PageBytes;
        if (options.DirectIo && alignment is not null && OpenDirect() is { } opened)
        {
            direct = opened;

            // Read-ahead would leave large folios beside the range that was read, and a direct write to any page of a folio has to drop it whole.
            _ = Libc.Advise(buffered, 0, 0, HostFlags.AdviseRandom);
        }
    }

    /// <summary>Creates a file of the given length, a multiple of 4096 bytes, readable by its owner only, and makes its name durable.</summary>
    /// <exception cref="MediumException">
    /// <see cref="MediumFault.NoSpace"/> (no file is left behind), <see cref="MediumFault.AccessDenied"/>, <see cref="MediumFault.ReadOnly"/>,
    /// <see cref="MediumFault.NotFound"/> (no such directory), or <see cref="MediumFault.Failed"/> where something of that name exists.
    /// </exception>
    public static FileMedium Create(string path, long length, FileMediumOptions? options = null)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        const int NewFile = HostFlags.ReadWrite | HostFlags.Create | HostFlags.Exclusive | HostFlags.CloseOnExec;
        FileMedium? medium = null;
        SafeFileHandle file = OpenDescriptor(path, NewFile) ?? throw HostFault.From(Marshal.GetLastPInvokeError(), "create it", path);
        try
        {
            medium = Adopt(path, file, options ?? new FileMediumOptions());
            medium.Grow(length);
            medium.Flush();
            SyncDirectoryOf(path);
            return medium;
        }
        catch
        {
            medium?.Dispose();
            _ = Libc.Unlink(path);
            throw;
        }
    }

    /// <summary>Opens a regular file or a block device that exists. A length that is not a multiple of 4096 is rounded down.</summary>
    /// <exception cref="MediumException">
    /// <see cref="MediumFault.NotFound"/>, <see cref="MediumFault.AccessDenied"/>, <see cref="MediumFault.ReadOnly"/> (it could be read but not written),
    /// <see cref="MediumFault.InUse"/>, <see cref="MediumFault.Unsuitable"/>, or <see cref="MediumFault.Failed"/>.
    /// </exception>
    public static FileMedium Open(string path, FileMediumOptions? options = null)
    {
        options ??= new FileMediumOptions();
        return Adopt(path, OpenExisting(path, options), options);
    }

    /// <summary>Whether the path names a block device that may be read.</summary>
    public static bool IsDeviceAt(string path)
    {
        using SafeFileHandle? file = OpenDescriptor(path, HostFlags.ReadOnly | HostFlags.NonBlocking | HostFlags.CloseOnExec);
        return file is not null && TryIdentify(file, out Statx identity) && (identity.Mode & HostFlags.TypeMask) == HostFlags.BlockDevice;
    }

    private static FileMedium Adopt(string path, SafeFileHandle file, FileMediumOptions options)
    {
        try
        {
            Statx identity = Identify(file, path);
            if (options.Locked)
            {
                HostLock.Take(file, shared: options.ReadOnly, identity, path);
            }

            return new FileMedium(path, file, identity, options);
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    private static SafeFileHandle OpenExisting(string path, FileMediumOptions options)
    {
        // O_NONBLOCK: a FIFO of that name must not hang the open; it does nothing to files and disks.
        const int Common = HostFlags.CloseOnExec | HostFlags.NonBlocking;

        // O_EXCL: a block device that is mounted, or part of an array, answers EBUSY to a writer; it does nothing to files (open(2)). Who takes no lock
        // comes beside the one who has it.
        bool readOnly = options.ReadOnly;
        int access = readOnly ? HostFlags.ReadOnly : HostFlags.ReadWrite | (options.Locked ? HostFlags.Exclusive : 0);
        if (OpenUnnoticed(path, access | Common) is { } file)
        {
            return file;
        }

        int errno = Marshal.GetLastPInvokeError();
        if (!readOnly && errno is Errno.AccessDenied or Errno.NotPermitted && OpenDescriptor(path, HostFlags.ReadOnly | Common) is { } readable)
        {
            readable.Dispose();
            throw new MediumException(MediumFault.ReadOnly, $"{path} can be read but not written.");
        }

        throw HostFault.From(errno, readOnly ? "open it for reading" : "open it for writing", path);
    }

    private static unsafe bool TryIdentify(SafeFileHandle file, out Statx identity)
    {
        byte noName = 0;
        return Libc.Statx(file, &noName, HostFlags.EmptyPath, HostFlags.StatxBasic | HostFlags.StatxBirth | HostFlags.StatxDirectAlignment, out identity) == 0;
    }

    private static Statx Identify(SafeFileHandle file, string path)
    {
        if (!TryIdentify(file, out Statx identity))
        {
            throw HostFault.From(Marshal.GetLastPInvokeError(), "look at it", path);
        }

        if ((identity.Mode & HostFlags.TypeMask) is not (HostFlags.RegularFile or HostFlags.BlockDevice))
        {
            throw new MediumException(MediumFault.Unsuitable, $"{path} is neither a regular file nor a block device.");
        }

        return identity;
    }

    /// <summary>What O_DIRECT needs of offsets and of memory, bytes, neither more than a page; null where the host says it has no O_DIRECT.</summary>
    private static (int Offset, int Memory)? DirectAlignment(in Statx identity)
    {
        if ((identity.Mask & HostFlags.StatxDirectAlignment) == 0)
        {
            // A host that does not say: a page is enough for every disk.
            return (PageBytes, PageBytes);
        }

        if (identity.DirectOffsetAlignment is 0 or > PageBytes || identity.DirectMemoryAlignment > AlignedBuffer.Boundary)
        {
            return null;
        }

        return ((int)Math.Max(identity.DirectOffsetAlignment, SectorBytes), (int)Math.Max(identity.DirectMemoryAlignment, 1));
    }

    /// <summary>A second description of the very file that is already open, whatever its path names by now; null where the host refuses O_DIRECT.</summary>
    private SafeFileHandle? OpenDirect()
    {
        string self = string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{buffered.DangerousGetHandle()}");
        int access = IsReadOnly ? HostFlags.ReadOnly : HostFlags.ReadWrite;
        return OpenUnnoticed(self, access | HostFlags.Direct | HostFlags.CloseOnExec);
    }

    /// <summary>Without a trace in the time of the last reading, which only who owns the file can have (open(2), O_NOATIME).</summary>
    private static SafeFileHandle? OpenUnnoticed(string path, int flags) =>
        OpenDescriptor(path, flags | HostFlags.NoAccessTime) is { } file ? file
        : Marshal.GetLastPInvokeError() == Errno.NotPermitted ? OpenDescriptor(path, flags)
        : null;

    private long DeviceLength()
    {
        long end = Libc.Seek(buffered, 0, HostFlags.SeekEnd);
        return end >= 0 ? end : throw Fault("ask for its length");
    }

    /// <summary>fsync(2): a new file's name is durable only when its directory is.</summary>
    internal static void SyncDirectoryOf(string path)
    {
        string directory = Path.GetDirectoryName(Path.GetFullPath(path)) ?? "/";
        using SafeFileHandle handle = OpenDescriptor(directory, HostFlags.ReadOnly | HostFlags.Directory | HostFlags.CloseOnExec)
            ?? throw HostFault.From(Marshal.GetLastPInvokeError(), "open it", directory);

        // EINVAL: a file system whose directories have nothing to sync.
        if (Libc.Sync(handle) != 0 && Marshal.GetLastPInvokeError() != Errno.InvalidArgument)
        {
            throw HostFault.From(Marshal.GetLastPInvokeError(), "make a new name in it durable", directory);
        }
    }

    [SuppressMessage("Reliability", "CA2000:Dispose objects before losing scope", Justification = "The caller owns what is returned.")]
    internal static SafeFileHandle? OpenDescriptor(string path, int flags)
    {
        int descriptor;
        do
        {
            descriptor = Libc.Open(path, flags, OwnerOnly);
        }
        while (descriptor < 0 && Marshal.GetLastPInvokeError() == Errno.Interrupted);

        return descriptor < 0 ? null : new SafeFileHandle(descriptor, ownsHandle: true);
    }
}
