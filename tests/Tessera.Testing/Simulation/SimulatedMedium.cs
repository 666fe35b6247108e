using Tessera.Container.Media;
using Tessera.Core;

namespace Tessera.Testing.Simulation;

/// <summary>A simulated disk as one process has it open.</summary>
/// <remarks>As strict as a real one: a misaligned write is an <see cref="ArgumentException"/> at once.</remarks>
public sealed class SimulatedMedium : IMedium
{
    private readonly SimulatedDisk disk;
    private volatile bool isDisposed;
    private volatile bool isDead;

    internal SimulatedMedium(SimulatedDisk disk, int alignment, bool isReadOnly)
    {
        this.disk = disk;
        Alignment = alignment;
        IsReadOnly = isReadOnly;
    }

    public SimulatedDisk Disk => disk;

    public long Length => disk.Length;

    public int Alignment { get; }

    public bool IsReadOnly { get; }

    public long HostFreeBytes => disk.FreeBytes;

    public void Read(long offset, Span<byte> buffer)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        Blocking.Announce();
        disk.Read(this, offset, buffer);
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        ThrowIfReadOnly();
        DiskOperations kind = mode switch
        {
            WriteMode.Cached => DiskOperations.CachedWrite,
            WriteMode.Direct => DiskOperations.DirectWrite,
            WriteMode.Durable => DiskOperations.DurableWrite,
            _ => throw new ArgumentOutOfRangeException(nameof(mode), mode, "Not a write mode."),
        };
        int unit = mode == WriteMode.Direct ? Alignment : DiskOperation.SectorBytes;
        ThrowIfMisaligned(offset, data.Length, unit);
        if (mode != WriteMode.Cached)
        {
            Blocking.Announce();
        }

        disk.Change(this, new DiskOperation(kind, offset, data.Length) { Data = data.ToArray() });
    }

    public void Flush()
    {
        if (IsReadOnly)
        {
            return;
        }

        Blocking.Announce();
        disk.Change(this, new DiskOperation(DiskOperations.Flush, 0, 0));
    }

    public void Grow(long length)
    {
        ThrowIfReadOnly();
        ThrowIfMisaligned(length, 0, DiskImage.PageBytes);
        Blocking.Announce();
        disk.Change(this, new DiskOperation(DiskOperations.Grow, length, 0));
    }

    public void Punch(long offset, long length)
    {
        ThrowIfReadOnly();
        ThrowIfMisaligned(offset, length, DiskOperation.SectorBytes);
        Blocking.Announce();
        disk.Change(this, new DiskOperation(DiskOperations.Punch, offset, length));
    }

    public void Dispose()
    {
        isDisposed = true;
        disk.Close(this);
    }

    internal void Die() => isDead = true;

    internal void ThrowIfClosed()
    {
        if (isDead)
        {
            throw new PowerCutException("The process that held this medium was killed.");
        }

        ObjectDisposedException.ThrowIf(isDisposed, this);
    }

    private void ThrowIfReadOnly()
    {
        if (IsReadOnly)
        {
            throw new MediumException(MediumFault.ReadOnly, "The simulated disk is open for reading only.");
        }
    }

    private static void ThrowIfMisaligned(long offset, long length, int unit)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset % unit != 0 || length % unit != 0)
        {
            throw new ArgumentException($"{length} bytes at {offset} are not a multiple of {unit}.", nameof(offset));
        }
    }
}
