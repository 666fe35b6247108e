using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Mount.Tests.Differential;

/// <summary>Makes a program's calls in a directory, and tells what each gave.</summary>
/// <remarks>Used by one thread: the ordinary user's identity belongs to the thread that calls.</remarks>
internal sealed unsafe class Executor(string root) : IDisposable
{
    private const int Actors = 2;
    private const int Slots = 4;
    private const uint User = 1000;
    private const int Ebadf = 9;
    private const int LargestTransfer = 1 << 21;
    private const int Eloop = 40;
    private readonly int[,] _files = Closed();
    private readonly byte[] _buffer = new byte[LargestTransfer];

    public Outcome Run(Operation operation)
    {
        if (operation.Actor == 0)
        {
            return Call(operation);
        }

        Identity.Become(User);
        try
        {
            return Call(operation);
        }
        finally
        {
            Identity.BecomeRoot();
        }
    }

    public void Dispose()
    {
        foreach (int file in _files)
        {
            _ = file >= 0 ? RawCalls.Close(file) : 0;
        }
    }

    private static int[,] Closed()
    {
        var files = new int[Actors, Slots];
        for (int i = 0; i < Actors * Slots; i++)
        {
            files[i / Slots, i % Slots] = -1;
        }

        return files;
    }

    private Outcome Call(Operation operation)
    {
        string path = At(operation.Path);
        int file = _files[operation.Actor, operation.Slot];
        return operation.Kind switch
        {
            OperationKind.Open or OperationKind.OpenUnnamed => Open(operation, path),
            OperationKind.Close => Close(operation, file),
            OperationKind.Read => Read(file, operation),
            OperationKind.Write => Write(file, operation),
            OperationKind.Seek => Seek(file, operation),
            OperationKind.Truncate => Result(RawCalls.Truncate(path, operation.Length)),
            OperationKind.TruncateOpen => Result(RawCalls.TruncateOpen(file, operation.Length)),
            OperationKind.Allocate => Result(RawCalls.Allocate(file, operation.Flags, operation.Offset, operation.Length)),
            OperationKind.CopyRange => Copy(_files[operation.Actor, operation.Flags], file, operation),
            OperationKind.Sync => Result(RawCalls.Sync(file)),
            OperationKind.Stat => Stat(RawCalls.CurrentDirectory, path, RawCalls.NoFollow),
            OperationKind.StatOpen => file < 0 ? new Outcome(-1, Ebadf, string.Empty) : Stat(file, string.Empty, RawCalls.EmptyPath),
            OperationKind.Access => Result(RawCalls.Access(RawCalls.CurrentDirectory, path, operation.Flags, 0x200)),
            OperationKind.MakeDirectory => Result(RawCalls.MakeDirectory(path, (uint)operation.Flags)),
            OperationKind.RemoveDirectory => Result(RawCalls.RemoveDirectory(path)),
            OperationKind.Unlink => Result(RawCalls.Unlink(path)),
            OperationKind.Rename => Result(RawCalls.Rename(RawCalls.CurrentDirectory, path, RawCalls.CurrentDirectory, At(operation.Other), (uint)operation.Flags)),
            OperationKind.Link => Result(RawCalls.Link(RawCalls.CurrentDirectory, path, RawCalls.CurrentDirectory, At(operation.Other), 0)),
            OperationKind.LinkOpen => Result(RawCalls.Link(RawCalls.CurrentDirectory, $"/proc/self/fd/{file}", RawCalls.CurrentDirectory, path, RawCalls.Follow)),
            OperationKind.MakeSymlink => Result(RawCalls.MakeSymlink(operation.Other, path)),
            OperationKind.ReadLink => ReadLink(path),
            OperationKind.MakeNode => Result(RawCalls.MakeNode(path, (uint)operation.Flags, 0x0103)),
            OperationKind.ChangeMode => Result(RawCalls.ChangeMode(path, (uint)operation.Flags)),
            OperationKind.ChangeOwner => Result(RawCalls.ChangeOwner(path, (uint)operation.Offset, (uint)operation.Length)),
            OperationKind.List => List(path),
            OperationKind.SetXattr => SetXattr(path, operation),
            OperationKind.GetXattr => GetXattr(path, operation),
            OperationKind.ListXattrs => ListXattrs(path),
            OperationKind.RemoveXattr => Result(RawCalls.RemoveXattr(path, operation.Other)),
            _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Kind, null),
        };
    }

    /// <summary>A path may lead through symbolic links, all of them relative: they stay below the root.</summary>
    private string At(string path) => Path.Combine(root, path);

    private static Outcome Result(long result, string told = "") =>
        result < 0 ? new Outcome(-1, Marshal.GetLastPInvokeError(), string.Empty) : new Outcome(result, 0, told);

    private Outcome Open(Operation operation, string path)
    {
        int old = _files[operation.Actor, operation.Slot];
        if (old >= 0)
        {
            _ = RawCalls.Close(old);
            _files[operation.Actor, operation.Slot] = -1;
        }

        const int NonBlocking = 0x800; // A FIFO must not wait for its other end.
        int file = RawCalls.Open(path, operation.Flags | NonBlocking, (uint)operation.Length);
        if (file < 0)
        {
            return Result(file);
        }

        _files[operation.Actor, operation.Slot] = file;
        return new Outcome(0, 0, string.Empty); // The number of the descriptor is the process's affair.
    }

    private Outcome Close(Operation operation, int file)
    {
        _files[operation.Actor, operation.Slot] = -1;
        return file < 0 ? new Outcome(-1, Ebadf, string.Empty) : Result(RawCalls.Close(file));
    }

    private Outcome Read(int file, Operation operation)
    {
        nuint length = (nuint)Math.Min(operation.Length, LargestTransfer);
        fixed (byte* buffer = _buffer)
        {
            nint read = operation.Offset < 0 ? RawCalls.Read(file, buffer, length) : RawCalls.ReadAt(file, buffer, length, operation.Offset);
            return Result(read, read > 0 ? Hash(_buffer.AsSpan(0, (int)read)) : string.Empty);
        }
    }

    private Outcome Write(int file, Operation operation)
    {
        int length = (int)Math.Min(operation.Length, LargestTransfer);
        Fill(_buffer.AsSpan(0, length), operation);
        fixed (byte* buffer = _buffer)
        {
            return Result(operation.Offset < 0
                ? RawCalls.Write(file, buffer, (nuint)length)
                : RawCalls.WriteAt(file, buffer, (nuint)length, operation.Offset));
        }
    }

    /// <summary>Where a directory's positions lie is each file system's own affair.</summary>
    private static Outcome Seek(int file, Operation operation)
    {
        bool isDirectory = file >= 0 && Stat(file, string.Empty, RawCalls.EmptyPath).Told.StartsWith("mode 4", StringComparison.Ordinal);
        return isDirectory ? default : Result(RawCalls.Seek(file, operation.Offset, operation.Flags));
    }

    private static Outcome Copy(int from, int to, Operation operation)
    {
        long fromOffset = operation.Offset;
        long toOffset = operation.Length / 2;
        nint copied = RawCalls.CopyRange(from, &fromOffset, to, &toOffset, (nuint)operation.Length, 0);
        return Result(copied, $"{fromOffset} {toOffset}");
    }

    /// <summary>Type and mode, links, owner, size of what is no directory, device, allocated or not: what two file systems can agree on.</summary>
    private static Outcome Stat(int directory, string path, int flags)
    {
        const uint Basic = 0x7FF;
        byte* statx = stackalloc byte[256];
        int result = RawCalls.Statx(directory, path, flags, Basic, statx);
        if (result < 0)
        {
            return Result(result);
        }

        var fields = new ReadOnlySpan<byte>(statx, 256);
        uint mode = BinaryPrimitives.ReadUInt16LittleEndian(fields[28..]);
        bool isDirectory = (mode & 0xF000) == 0x4000;
        return new Outcome(0, 0, string.Create(
            CultureInfo.InvariantCulture,
            $"mode {mode:x} links {BinaryPrimitives.ReadUInt32LittleEndian(fields[16..])} owner {BinaryPrimitives.ReadUInt32LittleEndian(fields[20..])}:{BinaryPrimitives.ReadUInt32LittleEndian(fields[24..])} size {(isDirectory ? 0 : BinaryPrimitives.ReadInt64LittleEndian(fields[40..]))} device {BinaryPrimitives.ReadInt64LittleEndian(fields[128..])}"));
    }

    private Outcome ReadLink(string path)
    {
        fixed (byte* buffer = _buffer)
        {
            nint length = RawCalls.ReadLink(path, buffer, 4096);
            return Result(length, length < 0 ? string.Empty : Encoding.UTF8.GetString(_buffer, 0, (int)length));
        }
    }

    private static Outcome List(string path)
    {
        try
        {
            return new Outcome(0, 0, string.Join(' ', Directory.EnumerateFileSystemEntries(path).Select(Path.GetFileName).Order(StringComparer.Ordinal)));
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return new Outcome(-1, fault is UnauthorizedAccessException ? 13 : Eloop, string.Empty);
        }
    }

    private Outcome SetXattr(string path, Operation operation)
    {
        Span<byte> value = _buffer.AsSpan(0, (int)operation.Length);
        Fill(value, operation);
        fixed (byte* buffer = _buffer)
        {
            return Result(RawCalls.SetXattr(path, operation.Other, buffer, (nuint)operation.Length, operation.Flags));
        }
    }

    private Outcome GetXattr(string path, Operation operation)
    {
        fixed (byte* buffer = _buffer)
        {
            nint length = RawCalls.GetXattr(path, operation.Other, buffer, (nuint)operation.Length);
            return Result(length, length > 0 && operation.Length > 0 ? Hash(_buffer.AsSpan(0, (int)length)) : string.Empty);
        }
    }

    private Outcome ListXattrs(string path)
    {
        fixed (byte* buffer = _buffer)
        {
            nint length = RawCalls.ListXattrs(path, buffer, 4096);
            return length < 0 ? Result(length) : new Outcome(length, 0, string.Join(' ', Encoding.UTF8.GetString(_buffer, 0, (int)length).Split('\0').Order(StringComparer.Ordinal)));
        }
    }

    /// <summary>Bytes that tell which call wrote them.</summary>
    private static void Fill(Span<byte> content, Operation operation)
    {
        uint state = (uint)((operation.Offset * 31) + (operation.Length * 7) + operation.Slot) | 1;
        for (int i = 0; i < content.Length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            content[i] = (byte)(state >> 24);
        }
    }

    private static string Hash(ReadOnlySpan<byte> content) => Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 8));
}
