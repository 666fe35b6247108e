using System.Text;

namespace Tessera.Differential;

/// <summary>Attributes, times and locks.</summary>
internal sealed unsafe partial class Executor
{
    /// <summary>In the flags of a lock: of the open file description, not of the process.</summary>
    public const int OfDescription = 4;

    /// <summary>In the flags of a lock: which lock is in its way.</summary>
    public const int AskOnly = 8;

    private const int MostNames = 4096;

    private static Outcome SetTimes(int directory, string? path, Operation operation)
    {
        FileTime accessed = FileTime.Asked(operation.Offset);
        FileTime modified = FileTime.Asked(operation.Length);
        long* times = stackalloc long[4] { accessed.Seconds, accessed.Nanoseconds, modified.Seconds, modified.Nanoseconds };
        return Result(path is null ? RawCalls.SetTimesOpen(directory, times) : RawCalls.SetTimes(directory, path, times, operation.Flags));
    }

    /// <summary>Never waits. Who holds a lock in the way is told by conformance cases: it is a process here and another there.</summary>
    private static Outcome LockRange(int file, Operation operation)
    {
        const int GetProcess = 5;
        const int SetProcess = 6;
        const int GetDescription = 36;
        const int SetDescription = 37;
        bool isAsked = (operation.Flags & AskOnly) != 0;
        bool isDescription = (operation.Flags & OfDescription) != 0;
        int command = (isAsked, isDescription) switch
        {
            (true, true) => GetDescription,
            (true, false) => GetProcess,
            (false, true) => SetDescription,
            _ => SetProcess,
        };

        // struct flock: type and whence in the first eight bytes, then start, length and process.
        long* range = stackalloc long[4] { operation.Flags & 3, operation.Offset, operation.Length, 0 };
        int result = RawCalls.LockRange(file, command, range);
        return Result(result, isAsked ? $"{(short)range[0]} {range[1]} {range[2]}" : string.Empty);
    }

    private Outcome ReadLink(string path)
    {
        nint length = RawCalls.ReadLink(path, _buffer, PageSize);
        return Result(length, length < 0 ? string.Empty : Encoding.UTF8.GetString(_buffer, (int)length));
    }

    /// <summary>Names and types in the order of names: their own order is each file system's affair.</summary>
    private Outcome List(string path)
    {
        const int ReadDirectory = 0x10000;
        int directory = RawCalls.Open(path, ReadDirectory | NonBlocking | CloseOnExecution, 0);
        if (directory < 0)
        {
            return Result(directory);
        }

        var names = new List<string>();
        nint length;
        while ((length = RawCalls.ReadEntries(directory, _buffer, LargestTransfer)) > 0)
        {
            AddEntries(Buffer[..(int)length], names);
        }

        Outcome outcome = Result(length);
        _ = RawCalls.Close(directory);
        names.Sort(StringComparer.Ordinal);
        return outcome with { Told = string.Join(' ', names) };
    }

    /// <summary>struct linux_dirent64: inode, offset, length at 16, type at 18, then the name and a zero.</summary>
    private static void AddEntries(ReadOnlySpan<byte> entries, List<string> names)
    {
        while (!entries.IsEmpty)
        {
            int length = BitConverter.ToUInt16(entries[16..]);
            ReadOnlySpan<byte> name = entries[19..length];
            names.Add($"{Encoding.UTF8.GetString(name[..name.IndexOf((byte)0)])}:{entries[18]}");
            entries = entries[length..];
        }
    }

    private static Outcome SetXattr(string path, Operation operation, ReadOnlySpan<byte> value)
    {
        fixed (byte* bytes = value)
        {
            return Result(RawCalls.SetXattr(path, operation.Other, bytes, (nuint)value.Length, operation.Flags));
        }
    }

    private Outcome GetXattr(string path, string name, int length)
    {
        nint result = RawCalls.GetXattr(path, name, _buffer, (nuint)length);
        return Result(result, result > 0 && length > 0 ? Fingerprint.Of(Buffer[..(int)result]) : string.Empty);
    }

    private Outcome ListXattrs(string path)
    {
        nint length = RawCalls.ListXattrs(path, _buffer, MostNames);
        return length < 0
            ? Result(length)
            : new Outcome(length, 0, string.Join(' ', Encoding.UTF8.GetString(_buffer, (int)length).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal)));
    }
}
