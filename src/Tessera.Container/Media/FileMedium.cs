using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>A regular file or a block device of a Linux host.</summary>
/// <remarks>
/// <para>Two descriptors of one file: a buffered one for cached and durable writes, and one opened O_DIRECT for blocks and nodes. The kernel keeps
/// them coherent: it writes back and drops the cached pages of a range before direct I/O on it. That holds page by page, so cached and
/// direct writes to one 4 KiB page must not run at the same time.</para>
/// <para>The kernel reports a failed write-back once per descriptor, to whichever sync comes next. So a failed durable write is worth a failed
/// <see cref="Flush"/>: it may be the only report of earlier cached writes that were lost.</para>
/// <para>A grown length survives a power cut after the next <see cref="Flush"/>, or with a durable write beyond the old end.</para>
/// <para>Disposing closes the descriptors and gives up the lock; it does not flush.</para>
/// </remarks>
public sealed partial class FileMedium : IHostMedium
{
    /// <summary>The unit of <see cref="Length"/>, and the largest <see cref="Alignment"/>.</summary>
    public const int PageBytes = 4096;

    /// <summary>What cached and durable writes are aligned to.</summary>
    public const int SectorBytes = 512;

    private const int BounceBytes = 256 * 1024;

    /// <summary>A transfer up to this is no longer under way than a few small ones are.</summary>
    private const int BriefBytes = 64 * 1024;

    /// <summary>Enough for every core of a large host to bounce at once; 4 MiB at most are kept.</summary>
    private const int BouncesKept = 16;

    private readonly string path;
    private readonly SafeFileHandle buffered;
    private readonly SafeFileHandle? direct;
    private readonly int memoryAlignment;
    private readonly bool isDevice;
    private readonly bool isLocked;
    private readonly AlignedBufferPool bounces = new(BounceBytes, BouncesKept);
    private readonly Lock growing = new();
    private long length;
    private volatile bool noDataSyncWrites;

    public long Length => Volatile.Read(ref length);

    public int Alignment { get; }

    public bool IsReadOnly { get; }

    /// <summary>Whether <see cref="WriteMode.Direct"/> goes past the page cache; false where the host refused, and then everything is buffered.</summary>
    public bool IsDirect => direct is not null;

    /// <summary>A block device: as long as it is from the beginning, whatever lies on it.</summary>
    public bool IsDevice => isDevice;

    /// <summary>No name leads to the file any more: it was deleted, or another was put in its place.</summary>
    internal bool IsUnlinked => Identify(buffered, path).Links == 0;

    public long HostFreeBytes
    {
        get
        {
            if (isDevice)
            {
                return long.MaxValue; // All of it is there already.
            }

            if (Libc.StatVfs(buffered, out StatVfs host) != 0)
            {
                throw Fault("ask for its free space");
            }

            return (long)Math.Min(host.AvailableBlocks * host.FragmentSize, long.MaxValue);
        }
    }

    public unsafe void Read(long offset, Span<byte> buffer)
    {
        ThrowIfOutside(offset, buffer.Length, "read");
        Blocking.Announce(buffer.Length <= BriefBytes ? Wait.Brief : Wait.Open);
        fixed (byte* start = buffer)
        {
            if (direct is null || !IsAligned(offset | (uint)buffer.Length, Alignment))
            {
                ReadFully(buffered, offset, start, buffer.Length, unit: 1);
            }
            else if (IsAligned((long)start, memoryAlignment))
            {
                ReadFully(direct, offset, start, buffer.Length, Alignment);
            }
            else
            {
                ReadBounced(direct, offset, buffer);
            }
        }
    }

    public unsafe void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        ThrowIfReadOnly();
        ThrowIfOutside(offset, data.Length, "write");
        isWritten = true;
        int unit = mode == WriteMode.Direct ? Alignment : SectorBytes;
        if (!IsAligned(offset | (uint)data.Length, unit))
        {
            throw new ArgumentException($"A {mode} write of {data.Length} bytes at {offset} is not a multiple of {unit}.", nameof(offset));
        }

        fixed (byte* start = data)
        {
            switch (mode)
            {
                case WriteMode.Cached:
                    WriteFully(buffered, offset, start, data.Length, unit: 1);
                    break;
                case WriteMode.Direct:
                    Blocking.Announce();
                    WriteDirect(offset, start, data);
                    break;
                case WriteMode.Durable:
                    Blocking.Announce(data.Length <= BriefBytes && !noDataSyncWrites ? Wait.Brief : Wait.Open);
                    WriteDurable(offset, start, data.Length);
                    break;
                default:
                    throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a write mode.");
            }
        }
    }

    /// <summary>Of a medium that is open for reading, too: what others have written.</summary>
    public void Flush()
    {
        Blocking.Announce();
        while (Libc.SyncData(buffered) != 0)
        {
            // EINTR is "not done"; any other failure is final and is never tried again.
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
            {
                throw Fault("flush it");
            }
        }
    }

    public void Dispose()
    {
        if (!buffered.IsClosed)
        {
            ShowHiddenTimes();
        }

        direct?.Dispose();
        queues.Dispose();
        if (isLocked && !buffered.IsClosed)
        {
            HostLock.Release(buffered);
        }

        buffered.Dispose();
    }

    private static bool IsAligned(long offsetOrLength, int unit) => (offsetOrLength & (unit - 1)) == 0;

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly)
        {
            throw new MediumException(MediumFault.ReadOnly, $"{path} is open for reading only.");
        }
    }

    private void ThrowIfOutside(long offset, long count, string attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(count);
        if (offset > Length - count)
        {
            throw new MediumException(MediumFault.Truncated, $"{path}: cannot {attempt} {count} bytes at {offset}: it ends at {Length}.");
        }
    }

    private MediumException Fault(string attempt) => HostFault.From(Marshal.GetLastPInvokeError(), attempt, path);
}
