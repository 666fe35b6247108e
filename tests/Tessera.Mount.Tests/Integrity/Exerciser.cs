using System.Runtime.InteropServices;
using Tessera.Differential;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>Runs programs on files of a directory, by system calls, and compares every byte read with a shadow. Like the fsx that file systems have been
/// tested with since NeXT, written anew.</summary>
internal sealed unsafe class Exerciser(string directory) : IDisposable
{
    private const int Page = 4096;
    private const int BufferLength = FileProgram.Reach * 2;
    private const int PunchAndKeep = 3;
    private const int Zero = 0x10;
    private const int Keep = 1;

    private readonly byte* _buffer = (byte*)NativeMemory.AlignedAlloc(BufferLength, Page);
    private readonly OpenFile[] _files = [.. Enumerable.Range(0, FileProgram.Files).Select(i => new OpenFile(Path.Combine(directory, $"file{i}")))];

    /// <summary>How the place ends and comes back; nothing where it cannot.</summary>
    public Action Remount { get; init; } = static () => { };

    public Action Kill { get; init; } = static () => { };

    /// <summary>Makes something else of an operation before the file system gets it, and not of what is expected: a planted bug.</summary>
    public Func<FileOperation, FileOperation> Fault { get; init; } = static operation => operation;

    public void Dispose()
    {
        Array.ForEach(_files, file => file.Close());
        NativeMemory.AlignedFree(_buffer);
    }

    /// <summary>Runs a program on new files. What was wrong first, and after how many operations; null when nothing was.</summary>
    public Mismatch? Run(IReadOnlyList<FileOperation> program)
    {
        try
        {
            Array.ForEach(_files, file => file.Create());
            for (int i = 0; i < program.Count; i++)
            {
                if (Do(program[i]) is { } wrong)
                {
                    return new Mismatch(i + 1, $"{program[i]}: {wrong}");
                }
            }

            return null;
        }
        finally
        {
            Array.ForEach(_files, file => file.Close());
        }
    }

    /// <summary>The shortest program found that still goes wrong: halves, quarters, … are left out as long as it does.</summary>
    public List<FileOperation> Shrink(IReadOnlyList<FileOperation> program, Mismatch mismatch)
    {
        List<FileOperation> shortest = [.. program.Take(mismatch.Operations)];
        for (int part = shortest.Count / 2; part > 0; part /= 2)
        {
            for (int at = 0; at < shortest.Count; at += part)
            {
                List<FileOperation> without = [.. shortest.Take(at), .. shortest.Skip(at + part)];
                if (Run(without) is { } still)
                {
                    shortest = [.. without.Take(still.Operations)];
                    at -= part;
                }
            }
        }

        return shortest;
    }

    private string? Do(FileOperation operation)
    {
        OpenFile file = _files[operation.File];
        FileOperation faulty = Fault(operation);
        string? wrong = faulty.Kind switch
        {
            FileOperationKind.Read => Compare(operation, file.Shadow, RawCalls.ReadAt(file.Buffered, _buffer, (nuint)faulty.Length, faulty.Offset)),
            FileOperationKind.DirectRead => Compare(operation, file.Shadow, RawCalls.ReadAt(file.Direct, _buffer, (nuint)faulty.Length, faulty.Offset)),
            FileOperationKind.Compare => Compare(operation with { Offset = 0, Length = BufferLength }, file.Shadow, RawCalls.ReadAt(file.Buffered, _buffer, BufferLength, 0)),
            FileOperationKind.MappedRead => ReadMap(operation, file),
            FileOperationKind.Write => Wrote(Fill(faulty), RawCalls.WriteAt(file.Buffered, _buffer, (nuint)faulty.Length, faulty.Offset)),
            FileOperationKind.DirectWrite => Wrote(Fill(faulty), RawCalls.WriteAt(file.Direct, _buffer, (nuint)faulty.Length, faulty.Offset)),
            FileOperationKind.Append => Wrote(Fill(faulty), RawCalls.Write(file.Appending, _buffer, (nuint)faulty.Length)),
            FileOperationKind.MappedWrite => WriteMap(faulty, file),
            FileOperationKind.Truncate => Done(RawCalls.TruncateOpen(file.Buffered, faulty.Offset)),
            FileOperationKind.CopyRange => Copy(faulty, file, _files[faulty.TargetFile]),
            FileOperationKind.Sync => Done(RawCalls.Sync(file.Buffered)),
            FileOperationKind.DropCache => Done(RawCalls.Sync(file.Buffered) + FileCalls.Advise(file.Buffered, 0, 0, FileCalls.DontNeed)),
            FileOperationKind.Reopen => Reopen(static () => { }),
            FileOperationKind.Remount => Reopen(Remount),
            FileOperationKind.Kill => Reopen(Kill),
            _ => Done(RawCalls.Allocate(file.Buffered, ModeOf(faulty.Kind), faulty.Offset, faulty.Length)),
        };
        Expect(operation, file.Shadow);
        OpenFile changed = _files[operation.Kind == FileOperationKind.CopyRange ? operation.TargetFile : operation.File];
        return wrong ?? (changed.Size == changed.Shadow.Length ? null : $"the size is {changed.Size}, not {changed.Shadow.Length}");
    }

    /// <summary>What the operation does to the shadow. A copy has done it already.</summary>
    private void Expect(FileOperation operation, ShadowFile shadow)
    {
        switch (operation.Kind)
        {
            case FileOperationKind.Write or FileOperationKind.DirectWrite:
                shadow.Write(operation.Offset, Fill(operation));
                break;
            case FileOperationKind.Append:
                shadow.Write(shadow.Length, Fill(operation));
                break;
            case FileOperationKind.MappedWrite:
                int reach = Math.Clamp(shadow.Length - operation.Offset, 0, operation.Length);
                shadow.Write(Math.Min(operation.Offset, shadow.Length), Fill(operation)[..reach]);
                break;
            case FileOperationKind.Truncate:
                shadow.SetLength(operation.Offset);
                break;
            case FileOperationKind.Allocate:
                shadow.GrowTo(operation.Offset + operation.Length);
                break;
            case FileOperationKind.PunchHole or FileOperationKind.ZeroRangeKeepingSize:
                shadow.Clear(operation.Offset, operation.Length);
                break;
            case FileOperationKind.ZeroRange:
                shadow.GrowTo(operation.Offset + operation.Length);
                shadow.Clear(operation.Offset, operation.Length);
                break;
            case FileOperationKind.CopyRange:
                ExpectCopy(operation, shadow, _files[operation.TargetFile].Shadow);
                break;
        }
    }

    private static void ExpectCopy(FileOperation operation, ShadowFile source, ShadowFile target)
    {
        if (!Overlaps(operation))
        {
            ReadOnlySpan<byte> copied = source.Read(operation.Offset, operation.Length);
            target.Write(copied.IsEmpty ? 0 : operation.TargetOffset, copied.ToArray());
        }
    }

    /// <summary>copy_file_range(2): EINVAL, and nothing copied.</summary>
    private static bool Overlaps(FileOperation operation) =>
        operation.File == operation.TargetFile && Math.Abs(operation.Offset - operation.TargetOffset) < operation.Length;

    private string? Copy(FileOperation operation, OpenFile source, OpenFile target)
    {
        if (Overlaps(operation))
        {
            return null;
        }

        long from = operation.Offset;
        long to = operation.TargetOffset;
        int asked = operation.Length;
        int left = source.Shadow.Read(operation.Offset, operation.Length).Length; // A copy behind the end of its own file must not go on to copy itself.
        do
        {
            nint copied = RawCalls.CopyRange(source.Buffered, &from, target.Buffered, &to, (nuint)asked, 0);
            if (copied <= 0)
            {
                return copied < 0 ? Done(-1) : left > 0 ? "nothing copied" : null;
            }

            left -= (int)copied;
            asked = left;
        }
        while (left > 0);

        return left == 0 ? null : $"{-left} bytes copied from behind the end";
    }

    private string? ReadMap(FileOperation operation, OpenFile file)
    {
        int first = operation.Offset & -Page;
        ReadOnlySpan<byte> expected = file.Shadow.Read(first, operation.Offset - first + operation.Length);
        if (expected.IsEmpty)
        {
            return null;
        }

        int mapped = (expected.Length + Page - 1) & -Page;
        byte* map = FileCalls.Map(file.Buffered, first, mapped);
        if (map is null)
        {
            return Done(-1);
        }

        var found = new ReadOnlySpan<byte>(map, mapped);
        bool toTheEnd = first + expected.Length == file.Shadow.Length;
        string? wrong = Difference(expected, found[..expected.Length], first)
            ?? (toTheEnd && found[expected.Length..].ContainsAnyExcept((byte)0) ? "bytes behind the end of the file" : null);
        FileCalls.Unmap(map, mapped);
        return wrong;
    }

    private string? WriteMap(FileOperation operation, OpenFile file)
    {
        int length = Math.Min(operation.Length, file.Shadow.Length - operation.Offset);
        if (length <= 0)
        {
            return null;
        }

        int first = operation.Offset & -Page;
        int before = operation.Offset - first;
        byte* map = FileCalls.Map(file.Buffered, first, before + length);
        if (map is null)
        {
            return Done(-1);
        }

        Fill(operation)[..length].CopyTo(new Span<byte>(map + before, length));
        int synced = operation.Seed % 4 == 0 ? FileCalls.SyncMap(map, before + length) : 0;
        FileCalls.Unmap(map, before + length);
        return Done(synced);
    }

    private string? Reopen(Action between)
    {
        Array.ForEach(_files, file => file.Close());
        between();
        Array.ForEach(_files, file => file.Open());
        return null;
    }

    private string? Compare(FileOperation operation, ShadowFile shadow, nint read) =>
        read < 0 ? Done(-1) : Difference(shadow.Read(operation.Offset, operation.Length), new ReadOnlySpan<byte>(_buffer, (int)read), operation.Offset);

    private static string? Difference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found, int offset)
    {
        int same = expected.CommonPrefixLength(found);
        return expected.Length != found.Length ? $"{found.Length} bytes instead of {expected.Length}"
            : same == expected.Length ? null
            : $"byte {offset + same} is {found[same]}, not {expected[same]}; the last wrong one is {offset + LastDifference(expected, found)}";
    }

    private static int LastDifference(ReadOnlySpan<byte> expected, ReadOnlySpan<byte> found)
    {
        int last = expected.Length - 1;
        while (expected[last] == found[last])
        {
            last--;
        }

        return last;
    }

    /// <summary>The bytes that an operation writes, in the buffer: none is zero, so that none is taken for a hole.</summary>
    private ReadOnlySpan<byte> Fill(FileOperation operation)
    {
        var content = new Span<byte>(_buffer, operation.Length);
        uint state = operation.Seed | 1;
        for (int i = 0; i < content.Length; i++)
        {
            state = (state * 1_664_525) + 1_013_904_223;
            content[i] = (byte)((state >> 24) | 1);
        }

        return content;
    }

    private static string? Wrote(ReadOnlySpan<byte> content, nint written) =>
        written == content.Length ? null : written < 0 ? Done(-1) : $"{written} bytes written of {content.Length}";

    private static string? Done(int result) => result == 0 ? null : Marshal.GetPInvokeErrorMessage(Marshal.GetLastPInvokeError());

    private static int ModeOf(FileOperationKind kind) => kind switch
    {
        FileOperationKind.AllocateKeepingSize => Keep,
        FileOperationKind.PunchHole => PunchAndKeep,
        FileOperationKind.ZeroRange => Zero,
        FileOperationKind.ZeroRangeKeepingSize => Zero | Keep,
        _ => 0,
    };
}
