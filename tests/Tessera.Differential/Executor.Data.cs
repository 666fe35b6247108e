using System.Runtime.InteropServices;

namespace Tessera.Differential;

/// <summary>Bytes: read, written, copied and mapped.</summary>
internal sealed unsafe partial class Executor
{
    private const int ReadAndWrite = 3;
    private const int Shared = 1;

    private Outcome Read(int file, Operation operation)
    {
        operation = Aligned(operation);
        nuint length = (nuint)Math.Min(operation.Length, LargestTransfer);
        nint read = operation.Offset < 0 ? RawCalls.Read(file, _buffer, length) : RawCalls.ReadAt(file, _buffer, length, operation.Offset);
        return Result(read, read > 0 ? Fingerprint.Of(Buffer[..(int)read]) : string.Empty);
    }

    private Outcome Write(int file, Operation operation)
    {
        operation = Aligned(operation);
        return WriteBuffer(file, operation, Filled(operation).Length);
    }

    private Outcome WriteBuffer(int file, Operation operation, int length) => Result(operation.Offset < 0
        ? RawCalls.Write(file, _buffer, (nuint)length)
        : RawCalls.WriteAt(file, _buffer, (nuint)length, operation.Offset));

    private Outcome WriteWithoutTime(int file, Operation operation)
    {
        FileTime before = FileStatus.OfDescriptor(file).Modified;
        Outcome outcome = Write(file, operation);
        FileTime omit = FileTime.Asked(FileTime.Omit);
        long* times = stackalloc long[4] { omit.Seconds, omit.Nanoseconds, before.Seconds, before.Nanoseconds };
        _ = RawCalls.SetTimesOpen(file, times);
        return outcome;
    }

    private Outcome WriteOtherByte(int file, Operation operation)
    {
        operation = Aligned(operation);
        Span<byte> content = Filled(operation);
        if (!content.IsEmpty)
        {
            content[content.Length / 2] ^= 1;
        }

        return WriteBuffer(file, operation, content.Length);
    }

    /// <summary>O_DIRECT asks for whole blocks: what else is done is each file system's own affair (open(2)).</summary>
    private Operation Aligned(Operation operation) => !_direct[operation.Slot] || _files[operation.Slot] < 0 ? operation : operation with
    {
        Offset = Math.Max(0, operation.Offset) / PageSize * PageSize,
        Length = (Math.Min(operation.Length, LargestTransfer) + PageSize - 1) / PageSize * PageSize,
    };

    /// <summary>Where a directory's positions lie is each file system's own affair.</summary>
    private static Outcome Seek(int file, Operation operation) => FileStatus.OfDescriptor(file) is { Errno: 0, Type: FileStatus.Directory }
        ? default
        : Result(RawCalls.Seek(file, operation.Offset, operation.Flags));

    private Outcome Copy(int from, int to, Operation operation)
    {
        if (_direct[from] || _direct[to])
        {
            return default; // The copy is not of whole blocks.
        }

        long fromOffset = operation.Offset;
        long toOffset = operation.Length / 2;
        nint copied = RawCalls.CopyRange(_files[from], &fromOffset, _files[to], &toOffset, (nuint)operation.Length, 0);
        return Result(copied, $"{fromOffset} {toOffset}");
    }

    /// <summary>Through a shared mapping, never past the end: there SIGBUS would end the process.</summary>
    private Outcome Map(int file, Operation operation)
    {
        const int SyncNow = 4;
        const int Enodev = 19;
        FileStatus status = FileStatus.OfDescriptor(file);
        if (status is { Errno: 0, Type: not FileStatus.Regular })
        {
            return new Outcome(-1, Enodev, string.Empty); // Which errno comes is the device's affair.
        }

        bool isWrite = operation.Kind == OperationKind.MapWrite;
        long offset = operation.Offset / PageSize * PageSize;
        int length = (int)Math.Min(operation.Length + 1, LargestTransfer);
        nint memory = RawCalls.Map(0, (nuint)length, isWrite ? ReadAndWrite : 1, Shared, file, offset);
        if (memory == -1)
        {
            return Result(memory);
        }

        var mapped = new Span<byte>((void*)memory, (int)Math.Clamp(status.Size - offset, 0, length));
        if (isWrite)
        {
            Fill(mapped, operation);
        }

        var outcome = new Outcome(mapped.Length, 0, Fingerprint.Of(mapped));
        int synced = operation.Flags == 1 ? RawCalls.SyncMap(memory, (nuint)length, SyncNow) : 0;
        Outcome result = synced < 0 ? Result(synced) : outcome;
        _ = RawCalls.Unmap(memory, (nuint)length);
        return result;
    }

    private Span<byte> Filled(Operation operation)
    {
        Span<byte> content = Buffer[..(int)Math.Min(operation.Length, LargestTransfer)];
        Fill(content, operation);
        return content;
    }

    /// <summary>Bytes that tell which call wrote them.</summary>
    private static void Fill(Span<byte> content, Operation operation)
    {
        uint state = (uint)((operation.Offset * 31) + (operation.Length * 7) + operation.Slot) | 1;
        foreach (ref uint word in MemoryMarshal.Cast<byte, uint>(content))
        {
            state = (state * 1_664_525) + 1_013_904_223;
            word = state ^ (state >> 15);
        }

        for (int i = content.Length / sizeof(uint) * sizeof(uint); i < content.Length; i++)
        {
            content[i] = (byte)(i + state);
        }
    }
}
