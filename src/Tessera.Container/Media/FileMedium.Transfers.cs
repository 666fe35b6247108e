using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>The loops around pread(2), pwrite(2) and pwritev2(2): short transfers, EINTR, and bouncing memory that O_DIRECT refuses.</summary>
public sealed partial class FileMedium
{
    /// <param name="file">The descriptor.</param>
    /// <param name="offset">Where the range begins, bytes.</param>
    /// <param name="start">Memory that stays where it is.</param>
    /// <param name="count">How much, bytes.</param>
    /// <param name="unit">What the descriptor needs every transfer aligned to; a short transfer is rounded down to it and continued.</param>
    private unsafe void ReadFully(SafeFileHandle file, long offset, byte* start, int count, int unit)
    {
        int done = 0;
        while (done < count)
        {
            nint got = Libc.ReadAt(file, start + done, (nuint)(count - done), offset + done);
            if (got < 0)
            {
                ThrowUnlessInterrupted("read", offset, count);
                continue;
            }

            int next = RoundDown(done + (int)got, unit);
            if (next == done)
            {
                // Someone cut the file short behind our back: Length was checked before.
                throw new MediumException(MediumFault.Truncated, $"{path} ends at {offset + done}, inside a read of {count} bytes at {offset}.");
            }

            done = next;
        }
    }

    private unsafe void WriteFully(SafeFileHandle file, long offset, byte* start, int count, int unit)
    {
        int done = 0;
        while (done < count)
        {
            nint put = Libc.WriteAt(file, start + done, (nuint)(count - done), offset + done);
            done = Advance(put, "write", new Transfer(offset, count, done, unit));
        }
    }

    private unsafe void WriteDurable(long offset, byte* start, int count)
    {
        int done = 0;
        while (done < count && !noDataSyncWrites)
        {
            var vector = new IoVector { Start = start + done, Length = (nuint)(count - done) };
            nint put = Libc.WriteVectorAt(buffered, &vector, 1, offset + done, HostFlags.DataSync);
            if (put < 0 && Marshal.GetLastPInvokeError() is Errno.NotSupported or Errno.NoSystemCall)
            {
                noDataSyncWrites = true;
                break;
            }

            done = Advance(put, "durably write", new Transfer(offset, count, done, Unit: 1));
        }

        if (done < count)
        {
            WriteFully(buffered, offset + done, start + done, count - done, unit: 1);
            Flush();
        }
    }

    private unsafe void WriteDirect(long offset, byte* start, ReadOnlySpan<byte> data)
    {
        if (direct is null)
        {
            WriteFully(buffered, offset, start, data.Length, unit: 1);
        }
        else if (IsAligned((long)start, memoryAlignment))
        {
            WriteFully(direct, offset, start, data.Length, Alignment);
        }
        else
        {
            WriteBounced(direct, offset, data);
        }
    }

    private unsafe void ReadBounced(SafeFileHandle file, long offset, Span<byte> buffer)
    {
        AlignedBuffer bounce = bounces.Rent();
        for (int done = 0; done < buffer.Length; done += BounceBytes)
        {
            Span<byte> part = bounce.Span[..Math.Min(BounceBytes, buffer.Length - done)];
            fixed (byte* start = part)
            {
                ReadFully(file, offset + done, start, part.Length, Alignment);
            }

            part.CopyTo(buffer[done..]);
        }

        bounces.Return(bounce);
    }

    private unsafe void WriteBounced(SafeFileHandle file, long offset, ReadOnlySpan<byte> data)
    {
        AlignedBuffer bounce = bounces.Rent();
        for (int done = 0; done < data.Length; done += BounceBytes)
        {
            Span<byte> part = bounce.Span[..Math.Min(BounceBytes, data.Length - done)];
            data.Slice(done, part.Length).CopyTo(part);
            fixed (byte* start = part)
            {
                WriteFully(file, offset + done, start, part.Length, Alignment);
            }
        }

        // Not in a finally: after a failure the buffer is left to the collector, which is simpler than a try on every transfer.
        bounces.Return(bounce);
    }

    /// <summary>How far a write has come after a call that returned <paramref name="put"/>.</summary>
    private int Advance(nint put, string attempt, Transfer transfer)
    {
        if (put < 0)
        {
            ThrowUnlessInterrupted(attempt, transfer.Offset, transfer.Count);
            return transfer.Done;
        }

        int next = RoundDown(transfer.Done + (int)put, transfer.Unit);
        if (next == transfer.Done)
        {
            throw new MediumException(
                MediumFault.Failed, $"{path}: could not {attempt} {transfer.Count} bytes at {transfer.Offset}: it stopped after {transfer.Done}.");
        }

        return next;
    }

    private void ThrowUnlessInterrupted(string attempt, long offset, int count)
    {
        if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
        {
            throw Fault($"{attempt} {count} bytes at {offset}");
        }
    }

    private static int RoundDown(int value, int unit) => value & -unit;

    private readonly record struct Transfer(long Offset, int Count, int Done, int Unit);
}
