using Tessera.Container.Media.Native;
using Tessera.Core;

namespace Tessera.Container.Media;

/// <summary>Equal files as one medium (docs/format/folder.md). The first page of each is its stamp's; the rest of them, one after the other, is the medium.</summary>
/// <remarks>It has the contract of <see cref="IMedium"/> but that it grows by whole files, so it may become longer than it was asked for. A flush is of those files
/// alone that were written to since the last.</remarks>
public sealed class FolderMedium : IHostMedium, IPartedMedium, IPieceOwner
{
    /// <summary>Before the contents of each file.</summary>
    public const int StampPage = 4096;

    /// <summary>Smallest file: all fixed slots at the beginning of the volume lie in the first.</summary>
    public const long LeastFileBytes = 1L << 20;
    public const long MostFileBytes = 1L << 30;
    private readonly IPartFiles files;
    private readonly IMedium[] parts = new IMedium[IPartedMedium.MostParts];
    private readonly int[] unflushed = new int[IPartedMedium.MostParts];
    private readonly ReaderWriterLockSlim writing = new(LockRecursionPolicy.NoRecursion);
    private readonly PieceQueues queues;
    private readonly Lock growing = new();
    private readonly long partBytes;
    private bool hidesTimes;
    private volatile int count;

    /// <param name="files">Owned from now on.</param>
    public FolderMedium(IPartFiles files)
    {
        this.files = files;
        queues = new PieceQueues(this);
        partBytes = files.FileBytes - StampPage;
        try
        {
            IReadOnlyList<IMedium> opened = files.Open();
            for (int i = 0; i < opened.Count; i++)
            {
                parts[i] = opened[i];
            }

            count = opened.Count;
            Alignment = opened.Count == 0 ? StampPage : opened.Max(part => part.Alignment);
        }
        catch
        {
            files.Dispose();
            throw;
        }
    }

    public long Length => count * partBytes;

    public int Alignment { get; }

    public bool IsReadOnly => files.IsReadOnly;

    public long HostFreeBytes => Math.Min(files.HostFreeBytes, (IPartedMedium.MostParts - count) * partBytes);

    public int Count => count;

    /// <summary>Length of each file, bytes.</summary>
    public long FileBytes => files.FileBytes;

    public long PartBytes => partBytes;

    public Action<int, long, int>? Writing { get; set; }

    IPartedMedium IMedium.Parts => this;

    public string NameOf(int part) => files.Name(part);

    public int PartAt(long offset) => (int)(offset / partBytes);

    public void Read(long offset, Span<byte> buffer)
    {
        ThrowIfOutside(offset, buffer.Length, "read");
        Transfer(PieceOperation.Read, offset, buffer, WriteMode.Direct);
    }

    public unsafe void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
    {
        int each = buffer.Length / Math.Max(1, offsets.Length);
        ThrowIfOutside(offsets, each, "read");
        fixed (byte* start = buffer)
        {
            queues.Run(PieceOperation.Read, offsets, start, each, WriteMode.Direct);
        }
    }

    public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => WriteEach([offset], data, mode);

    public unsafe void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int each = data.Length / Math.Max(1, offsets.Length);
        ThrowIfOutside(offsets, each, "write");
        writing.EnterReadLock();
        try
        {
            foreach (long offset in offsets)
            {
                TellWriting(offset, each);
            }

            fixed (byte* start = data)
            {
                queues.Run(PieceOperation.Write, offsets, start, each, mode);
            }
        }
        finally
        {
            // Also of what failed: nobody knows how much of it was written.
            foreach (long offset in offsets)
            {
                NoteWritten(offset, each);
            }

            writing.ExitReadLock();
        }
    }

    public void Flush()
    {
        for (int part = 0; part < count; part++)
        {
            // Reset first: what is written meanwhile is for the next flush.
            if (Interlocked.Exchange(ref unflushed[part], 0) != 0)
            {
                files.ThrowIfReplaced(part);
                parts[part].Flush();
            }
        }
    }

    public void Grow(long length)
    {
        if (IsReadOnly)
        {
            throw new MediumException(MediumFault.ReadOnly, $"{NameOf(0)} is open for reading only.");
        }

        Blocking.Announce();
        lock (growing)
        {
            ArgumentOutOfRangeException.ThrowIfLessThan(length, Length);
            ArgumentOutOfRangeException.ThrowIfNotEqual(length % FileMedium.PageBytes, 0, nameof(length));
            while (Length < length)
            {
                if (count == IPartedMedium.MostParts)
                {
                    throw new MediumException(MediumFault.NoSpace, $"A folder has at most {IPartedMedium.MostParts} files.");
                }

                parts[count] = files.Add(count);
                if (hidesTimes)
                {
                    (parts[count] as IHostMedium)?.HideTimes();
                }

                count++;
            }
        }
    }

    public void Punch(long offset, long length)
    {
        ThrowIfOutside(offset, length, "punch");
        while (length > 0)
        {
            (int part, long at, int piece) = Piece(offset, (int)Math.Min(length, int.MaxValue - StampPage));
            parts[part].Punch(at, piece);
            (offset, length) = (offset + piece, length - piece);
        }
    }

    public void LockRange(long offset, long length)
    {
        (int part, long at, int piece) = Piece(offset, (int)length);
        if (piece != length || parts[part] is not IHostMedium lockable)
        {
            throw new ArgumentOutOfRangeException(nameof(length), length, "A range that is locked lies within one file.");
        }

        lockable.LockRange(at, length);
    }

    public void HideTimes()
    {
        lock (growing)
        {
            hidesTimes = true;
            for (int part = 0; part < count; part++)
            {
                (parts[part] as IHostMedium)?.HideTimes();
            }
        }
    }

    public void ReadStamp(int part, Span<byte> stamp) => parts[part].Read(0, stamp);

    public void WriteStamp(int part, ReadOnlySpan<byte> stamp)
    {
        Volatile.Write(ref unflushed[part], 1);
        parts[part].Write(0, stamp, WriteMode.Cached);
        Volatile.Write(ref unflushed[part], 1); // Again: a flush that ran meanwhile may have missed it.
    }

    public void Pause(Action action)
    {
        writing.EnterWriteLock();
        try
        {
            action();
        }
        finally
        {
            writing.ExitWriteLock();
        }
    }

    public void Dispose()
    {
        for (int part = count - 1; part >= 0; part--)
        {
            parts[part].Dispose(); // The first, which has the lock, goes last.
        }

        files.Dispose();
        queues.Dispose();
    }

    FilePiece IPieceOwner.Locate(PieceOperation operation, long offset, int length)
    {
        (int part, long at, int piece) = Piece(offset, length);
        return piece == length && parts[part] is IPieceOwner file ? file.Locate(operation, at, length) : default;
    }

    void IPieceOwner.Transfer(PieceOperation operation, long offset, Span<byte> memory, WriteMode mode) => Transfer(operation, offset, memory, mode);

    private void Transfer(PieceOperation operation, long offset, Span<byte> memory, WriteMode mode)
    {
        while (memory.Length > 0)
        {
            (int part, long at, int length) = Piece(offset, memory.Length);
            if (operation == PieceOperation.Read)
            {
                parts[part].Read(at, memory[..length]);
            }
            else
            {
                parts[part].Write(at, memory[..length], mode);
            }

            memory = memory[length..];
            offset += length;
        }
    }

    private void TellWriting(long offset, int length)
    {
        while (length > 0)
        {
            (int part, _, int piece) = Piece(offset, length);
            Writing?.Invoke(part, offset, piece);
            (offset, length) = (offset + piece, length - piece);
        }
    }

    private void NoteWritten(long offset, int length)
    {
        while (length > 0)
        {
            (int part, _, int piece) = Piece(offset, length);
            Volatile.Write(ref unflushed[part], 1);
            (offset, length) = (offset + piece, length - piece);
        }
    }

    private (int Part, long At, int Length) Piece(long offset, int length)
    {
        (long part, long within) = Math.DivRem(offset, partBytes);
        return ((int)part, StampPage + within, (int)Math.Min(length, partBytes - within));
    }

    private void ThrowIfOutside(ReadOnlySpan<long> offsets, int each, string attempt)
    {
        foreach (long offset in offsets)
        {
            ThrowIfOutside(offset, each, attempt);
        }
    }

    private void ThrowIfOutside(long offset, long length, string attempt)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(offset);
        ArgumentOutOfRangeException.ThrowIfNegative(length);
        if (offset > Length - length)
        {
            throw new MediumException(MediumFault.Truncated, $"Cannot {attempt} {length} bytes at {offset}: the files of the folder end at {Length}.");
        }
    }
}
