using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>A queue of the kernel's (io_submit(2)) that reads or writes many pieces of a file at once: one system call hands them all to the disk, one waits for all. For one thread at a time.</summary>
/// <remarks>Not an io_uring: those are forbidden in many containers and on hardened hosts, and for what goes past the page cache this one does the same.</remarks>
internal sealed unsafe class PieceQueue : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Pieces at a time.</summary>
    public const int Capacity = 64;
    private readonly ControlBlock* blocks;
    private readonly ControlBlock** list;
    private readonly Completion* completions;

    private PieceQueue(nuint context)
        : base(ownsHandle: true)
    {
        SetHandle((nint)context);
        blocks = (ControlBlock*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(ControlBlock));
        list = (ControlBlock**)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(ControlBlock*));
        completions = (Completion*)NativeMemory.AllocZeroed(Capacity, (nuint)sizeof(Completion));
        for (int i = 0; i < Capacity; i++)
        {
            list[i] = blocks + i;
        }
    }

    /// <summary>Null where the kernel has none for us.</summary>
    public static PieceQueue? TryCreate()
    {
        nuint context = 0;
        return KernelQueue.IsKnown && KernelQueue.Setup(Capacity, &context) == 0 ? new PieceQueue(context) : null;
    }

    /// <summary>Reads or writes the pieces, as many as <see cref="Capacity"/> at most. When it returns, none is under way any more.</summary>
    /// <param name="operation">Which of the two.</param>
    /// <param name="file">The descriptor.</param>
    /// <param name="offsets">Where they begin in the file, bytes.</param>
    /// <param name="start">Memory that stays where it is; they follow each other in it.</param>
    /// <param name="length">Length of each, bytes.</param>
    /// <returns>A bit for each that was read or written in full.</returns>
    public ulong Run(PieceOperation operation, SafeFileHandle file, ReadOnlySpan<long> offsets, byte* start, int length)
    {
        bool held = false;
        try
        {
            file.DangerousAddRef(ref held);
            for (int i = 0; i < offsets.Length; i++)
            {
                blocks[i] = new ControlBlock
                {
                    Data = (ulong)i,
                    Operation = operation,
                    Descriptor = (int)file.DangerousGetHandle(),
                    Start = start + ((long)i * length),
                    Length = (ulong)length,
                    Offset = offsets[i],
                };
            }

            return Collect(Submit(offsets.Length), length);
        }
        finally
        {
            if (held)
            {
                file.DangerousRelease();
            }
        }
    }

    protected override bool ReleaseHandle()
    {
        _ = KernelQueue.Destroy((nuint)handle);
        NativeMemory.Free(blocks);
        NativeMemory.Free(list);
        NativeMemory.Free(completions);
        return true;
    }

    /// <summary>How many the kernel took: from the first that it does not take on, they are left to whoever does them one by one.</summary>
    private int Submit(int count)
    {
        int taken = 0;
        while (taken < count)
        {
            long more = KernelQueue.Submit((nuint)handle, count - taken, list + taken);
            if (more <= 0)
            {
                break;
            }

            taken += (int)more;
        }

        return taken;
    }

    private ulong Collect(int count, int length)
    {
        ulong whole = 0;
        while (count > 0)
        {
            long got = KernelQueue.GetEvents((nuint)handle, count, completions, count);
            if (got < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
            {
                // The memory is still the disk's: nobody may have it back.
                Environment.FailFast($"The kernel does not say what became of {count} reads or writes (error {Marshal.GetLastPInvokeError()}).");
            }

            for (int i = 0; i < got; i++)
            {
                whole |= completions[i].Result == length ? 1UL << (int)completions[i].Data : 0;
            }

            count -= (int)Math.Max(got, 0);
        }

        return whole;
    }
}
