using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>A queue of the kernel's (io_submit(2)) that reads or writes many pieces of files at once: one system call hands them all to the disk, one waits for all. For one thread at a time.</summary>
/// <remarks>Not an io_uring: those are forbidden in many containers and on hardened hosts, and for what goes past the page cache this one does the same.</remarks>
internal sealed unsafe class PieceQueue : SafeHandleZeroOrMinusOneIsInvalid
{
    /// <summary>Pieces at a time.</summary>
    public const int Capacity = 64;
    private readonly ControlBlock* blocks;
    private readonly ControlBlock** list;
    private readonly Completion* completions;
    private readonly SafeFileHandle?[] held = new SafeFileHandle?[Capacity];
    private int count;

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

    /// <summary>Notes a piece, of <see cref="Capacity"/> at most.</summary>
    /// <param name="operation">What is to be done with it.</param>
    /// <param name="number">What it is called when it is done, below <see cref="Capacity"/>.</param>
    /// <param name="file">The descriptor.</param>
    /// <param name="offset">Where it begins in the file, bytes.</param>
    /// <param name="memory">Stays where it is until it is done.</param>
    public void Add(PieceOperation operation, int number, SafeFileHandle file, long offset, Span<byte> memory)
    {
        bool isHeld = false;
        file.DangerousAddRef(ref isHeld);
        held[count] = file;
        blocks[count++] = new ControlBlock
        {
            Data = (ulong)number,
            Operation = operation,
            Descriptor = (int)file.DangerousGetHandle(),
            Start = (byte*)Unsafe.AsPointer(ref MemoryMarshal.GetReference(memory)),
            Length = (ulong)memory.Length,
            Offset = offset,
        };
    }

    /// <summary>Reads or writes the pieces. When it returns, none is under way any more.</summary>
    /// <returns>A bit for each, by its number, that was read or written in full.</returns>
    public ulong Run() => Collect(Submit());

    /// <summary>Forgets the pieces, and lets go of their files.</summary>
    public void Clear()
    {
        while (count > 0)
        {
            held[--count]!.DangerousRelease();
            held[count] = null;
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
    private int Submit()
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

    private ulong Collect(int submitted)
    {
        ulong whole = 0;
        while (submitted > 0)
        {
            long got = KernelQueue.GetEvents((nuint)handle, submitted, completions, submitted);
            if (got < 0 && Marshal.GetLastPInvokeError() != Errno.Interrupted)
            {
                // The memory is still the disk's: nobody may have it back.
                Environment.FailFast($"The kernel does not say what became of {submitted} reads or writes (error {Marshal.GetLastPInvokeError()}).");
            }

            for (int i = 0; i < got; i++)
            {
                var block = (ControlBlock*)completions[i].ControlBlock;
                whole |= completions[i].Result == (long)block->Length ? 1UL << (int)completions[i].Data : 0;
            }

            submitted -= (int)Math.Max(got, 0);
        }

        return whole;
    }
}
