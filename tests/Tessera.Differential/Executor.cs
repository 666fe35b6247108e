using System.Runtime.InteropServices;

namespace Tessera.Differential;

/// <summary>Makes the calls of one process in a directory, and tells what each gave.</summary>
internal sealed unsafe partial class Executor : IDisposable
{
    private const int Slots = 4;
    private const int Ebadf = 9;
    private const int LargestTransfer = 1 << 21;
    private const int PageSize = 4096;
    private const uint FirstMask = 0x12;
    private const int NonBlocking = 0x800; // A FIFO must not wait for its other end.
    private const int CloseOnExecution = 0x80000;
    private readonly int[] _files = [-1, -1, -1, -1];
    private readonly bool[] _direct = new bool[Slots];

    /// <summary>O_DIRECT wants the memory aligned as well.</summary>
    private readonly byte* _buffer = (byte*)NativeMemory.AlignedAlloc(LargestTransfer, PageSize);
    private string _root = string.Empty;

    /// <summary>Whether each mark after a look differs from the one before it, however soon it comes.</summary>
    private bool? _marksAreFine;

    private Span<byte> Buffer => new(_buffer, LargestTransfer);

    public void Begin(string root)
    {
        End();
        _root = root;
        _ = RawCalls.SetMask(FirstMask);
        _marksAreFine ??= AreMarksFine();
    }

    public void End()
    {
        for (int slot = 0; slot < Slots; slot++)
        {
            CloseSlot(slot);
        }
    }

    public void Dispose()
    {
        End();
        NativeMemory.AlignedFree(_buffer);
    }

    /// <summary>Makes one call: what it gave, what its files look like afterwards and, if asked, which of their times it marked.</summary>
    /// <remarks>
    /// Access times only where they are set: reads mark them as relatime and each file system's cache have it (docs/conformance.md,
    /// deviations of mount.8).
    /// </remarks>
    public string Step(Operation operation, bool marks)
    {
        if (operation.Kind is OperationKind.Open or OperationKind.OpenUnnamed)
        {
            CloseSlot(operation.Slot); // Before the look: a new file may take the number of the last one.
        }

        TimeMarks? times = null;
        if (marks)
        {
            times = new TimeMarks(Touched(operation));
            if (_marksAreFine is false)
            {
                times.AwaitTick();
            }
        }

        Outcome outcome = Call(operation);

        // At once: the looks below go through links, which reading marks, and a kernel that keeps a link's target does not read it.
        string accessed = outcome.Errno != 0 ? string.Empty : operation.Kind switch
        {
            OperationKind.SetTimes when operation.Offset != FileTime.Omit && !MayFollowItself(operation) => $"; accessed {FileStatus.OfPath(At(operation.Path), follow: operation.Flags == 0).Accessed}",
            OperationKind.SetTimesOpen when operation.Offset != FileTime.Omit => $"; accessed {FileStatus.OfDescriptor(_files[operation.Slot]).Accessed}",
            _ => string.Empty,
        };
        FileStatus path = FileStatus.OfPath(At(operation.Path));
        FileStatus other = FileStatus.OfPath(At(operation.Other));
        FileStatus open = FileStatus.OfDescriptor(_files[operation.Slot]);
        string marked = times is null ? string.Empty : $"; times{times.Compare(Touched(operation))}";
        return $"{outcome}; path {path}; other {other}; open {open}{accessed}{marked}";
    }

    /// <summary>A link of which another name lies on the path to it: the look itself goes through the link, and marks it.</summary>
    private static bool MayFollowItself(Operation operation) => operation.Flags != 0 && operation.Path.Contains('/', StringComparison.Ordinal);

    /// <summary>The files that a call may mark: by each of its paths and descriptors, and the directories of the paths.</summary>
    private FileStatus[] Touched(Operation operation) =>
    [
        FileStatus.OfPath(At(operation.Path)),
        FileStatus.OfPath(At(operation.Path), follow: true),
        FileStatus.OfPath(Path.GetDirectoryName(At(operation.Path))!, follow: true),
        FileStatus.OfPath(At(operation.Other)),
        FileStatus.OfPath(Path.GetDirectoryName(At(operation.Other))!, follow: true),
        FileStatus.OfDescriptor(_files[operation.Slot]),
        FileStatus.OfDescriptor(_files[operation.Kind == OperationKind.CopyRange ? operation.Flags : operation.Slot]),
    ];

    private Outcome Call(Operation operation)
    {
        string path = At(operation.Path);
        int file = _files[operation.Slot];
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
            OperationKind.CopyRange => Copy(operation.Flags, operation.Slot, operation),
            OperationKind.Sync => Result(RawCalls.Sync(file)),
            OperationKind.MapWrite or OperationKind.MapRead => Map(file, operation),
            OperationKind.WriteWithoutTime => WriteWithoutTime(file, operation),
            OperationKind.WriteOtherByte => WriteOtherByte(file, operation),
            OperationKind.LockRange => LockRange(file, operation),
            OperationKind.LockWhole => Result(RawCalls.LockWhole(file, operation.Flags)),
            OperationKind.SetTimesOpen => SetTimes(file, path: null, operation),
            OperationKind.LinkOpen => Result(RawCalls.Link(RawCalls.CurrentDirectory, $"/proc/self/fd/{file}", RawCalls.CurrentDirectory, path, RawCalls.Follow)),
            OperationKind.Stat or OperationKind.StatOpen => default, // Each step tells what its files look like.
            OperationKind.SetMask => new Outcome(RawCalls.SetMask((uint)operation.Flags), 0, string.Empty),
            _ => CallByName(operation, path),
        };
    }

    private Outcome CallByName(Operation operation, string path) => operation.Kind switch
    {
        OperationKind.Access => Result(RawCalls.Access(RawCalls.CurrentDirectory, path, operation.Flags, 0x200)),
        OperationKind.MakeDirectory => Result(RawCalls.MakeDirectory(path, (uint)operation.Flags)),
        OperationKind.RemoveDirectory => Result(RawCalls.RemoveDirectory(path)),
        OperationKind.Unlink => Result(RawCalls.Unlink(path)),
        OperationKind.Rename => Result(RawCalls.Rename(RawCalls.CurrentDirectory, path, RawCalls.CurrentDirectory, At(operation.Other), (uint)operation.Flags)),
        OperationKind.Link => Result(RawCalls.Link(RawCalls.CurrentDirectory, path, RawCalls.CurrentDirectory, At(operation.Other), 0)),
        OperationKind.MakeSymlink => Result(RawCalls.MakeSymlink(operation.Other, path)),
        OperationKind.ReadLink => ReadLink(path),
        OperationKind.MakeNode => Result(RawCalls.MakeNode(path, (uint)operation.Flags, 0x0103)),
        OperationKind.ChangeMode => Result(RawCalls.ChangeMode(path, (uint)operation.Flags)),
        OperationKind.ChangeOwner => Result(RawCalls.ChangeOwner(path, (uint)operation.Offset, (uint)operation.Length)),
        OperationKind.List => List(path),
        OperationKind.SetTimes => SetTimes(RawCalls.CurrentDirectory, path, operation),
        OperationKind.SetAccessList => SetXattr(path, operation with { Flags = 0 }, AccessLists.Bytes(operation.Flags)),
        OperationKind.SetXattr => SetXattr(path, operation, Filled(operation)),
        OperationKind.GetXattr => GetXattr(path, operation.Other, (int)operation.Length),
        OperationKind.ListXattrs => ListXattrs(path),
        OperationKind.RemoveXattr => Result(RawCalls.RemoveXattr(path, operation.Other)),
        _ => throw new ArgumentOutOfRangeException(nameof(operation), operation.Kind, null),
    };

    /// <summary>A path may lead through symbolic links, all of them relative: they stay below the root.</summary>
    private string At(string path) => path == "." ? _root : Path.Combine(_root, path);

    private static Outcome Result(long result, string told = "") =>
        result < 0 ? new Outcome(-1, Marshal.GetLastPInvokeError(), string.Empty) : new Outcome(result, 0, told);

    private Outcome Open(Operation operation, string path)
    {
        const int Direct = 0x4000;
        int file = RawCalls.Open(path, operation.Flags | NonBlocking | CloseOnExecution, (uint)operation.Length);
        if (file < 0)
        {
            return Result(file);
        }

        _files[operation.Slot] = file;
        _direct[operation.Slot] = (operation.Flags & Direct) != 0;
        return default; // The number of the descriptor is the process's affair.
    }

    private void CloseSlot(int slot)
    {
        _ = _files[slot] >= 0 ? RawCalls.Close(_files[slot]) : 0;
        _files[slot] = -1;
    }

    private Outcome Close(Operation operation, int file)
    {
        _files[operation.Slot] = -1;
        return file < 0 ? new Outcome(-1, Ebadf, string.Empty) : Result(RawCalls.Close(file));
    }

    /// <summary>Writes with a look between them: on a file system whose marks come by the clock's tick two of them are the same.</summary>
    private bool AreMarksFine()
    {
        const int CreateReadWrite = 0x42;
        const int Looks = 4;
        string path = At($"probe{Environment.ProcessId}");
        int file = RawCalls.Open(path, CreateReadWrite | CloseOnExecution, 0x180);
        bool areFine = true;
        FileTime last = default;
        for (int i = 0; i < Looks; i++)
        {
            _ = RawCalls.WriteAt(file, _buffer, 1, 0);
            FileTime mark = FileStatus.OfDescriptor(file).Modified;
            areFine &= mark != last;
            last = mark;
        }

        _ = RawCalls.Close(file);
        _ = RawCalls.Unlink(path);
        return areFine;
    }
}
