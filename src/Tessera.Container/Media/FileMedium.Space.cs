using System.Runtime.InteropServices;
using Tessera.Container.Media.Native;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>Growing the medium and giving ranges of it back to the host.</summary>
public sealed partial class FileMedium
{
    public void Grow(long newLength)
    {
        ThrowIfReadOnly();
        if (!IsAligned(newLength, PageBytes))
        {
            throw new ArgumentException($"{newLength} is not a multiple of {PageBytes}.", nameof(newLength));
        }

        Blocking.Announce();
        lock (growing)
        {
            ThrowIfShorter(newLength);
            if (newLength == length)
            {
                return;
            }

            if (isDevice)
            {
                Volatile.Write(ref length, DeviceLength() & -PageBytes); // It may have been made larger meanwhile.
                if (newLength <= length)
                {
                    return;
                }

                throw new MediumException(MediumFault.NoSpace, $"{path} is a block device of {length} bytes and cannot grow to {newLength}.");
            }

            isWritten = true;
            Allocate(newLength);
            Volatile.Write(ref length, newLength);
        }
    }

    public void Punch(long offset, long count)
    {
        ThrowIfReadOnly();
        ThrowIfOutside(offset, count, "punch");
        if (count == 0)
        {
            return;
        }

        isWritten = true;
        Blocking.Announce();
        while (Libc.Allocate(buffered, HostFlags.PunchHole | HostFlags.KeepSize, offset, count) != 0)
        {
            switch (Marshal.GetLastPInvokeError())
            {
                case Errno.Interrupted:
                    continue;
                case Errno.NotSupported or Errno.NoSystemCall:
                    // The contract: the host gets the space back where it can.
                    return;
                default:
                    throw Fault($"punch {count} bytes at {offset}");
            }
        }
    }

    private void ThrowIfShorter(long newLength)
    {
        if (newLength < length)
        {
            throw new ArgumentException($"A medium of {length} bytes cannot shrink to {newLength}.", nameof(newLength));
        }
    }

    private void Allocate(long newLength)
    {
        while (Libc.Allocate(buffered, mode: 0, length, newLength - length) != 0)
        {
            int errno = Marshal.GetLastPInvokeError();
            switch (errno)
            {
                case Errno.Interrupted:
                    continue;
                case Errno.NotSupported or Errno.NoSystemCall:
                    ExtendSparsely(newLength);
                    return;
                default:
                    // fallocate(2) may have taken part of the space before it failed; a cut at the old end gives that back.
                    MediumException fault = HostFault.From(errno, $"grow it to {newLength} bytes", path);
                    SetHostLength(length);
                    throw fault;
            }
        }
    }

    /// <summary>The best a host without fallocate(2) can do: the length is real, the space behind it is not reserved.</summary>
    private void ExtendSparsely(long newLength) => SetHostLength(newLength);

    private void SetHostLength(long hostLength)
    {
        while (Libc.Truncate(buffered, hostLength) != 0)
        {
            if (Marshal.GetLastPInvokeError() != Errno.Interrupted)
            {
                throw Fault($"set its length to {hostLength} bytes");
            }
        }
    }
}
