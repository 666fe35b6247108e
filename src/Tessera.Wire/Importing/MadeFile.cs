using System.Buffers;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>A file that this end has made, or found empty when it opened it with O_CREAT, until it is closed: all of it was written here, so that a program that reads what it has just
/// written, as assemblers and archivers do, need not wait for the other end.</summary>
/// <remarks>Not thread-safe.</remarks>
/// <param name="attributes">As the exporter told when it was made.</param>
/// <param name="isNew">It was not there before: whoever has the files owns it.</param>
/// <param name="budget">What its content may take.</param>
internal sealed class MadeFile(InodeAttributes attributes, bool isNew, ByteBudget budget)
{
    private const int FirstBytes = 4096;
    private readonly long madeAt = Environment.TickCount64;
    private long writtenAt;
    private byte[] content = [];
    private int length;
    private bool isWhole = true;

    public bool IsNew => isNew;

    /// <summary>By the exporter's clock, as far as it is known here.</summary>
    public InodeAttributes Attributes { get; private set; } = attributes;

    /// <summary>With the times of the last write.</summary>
    public InodeAttributes Now => writtenAt == 0 ? Attributes : Attributes with { ModifyTime = WriteTime, ChangeTime = WriteTime };

    private Timestamp WriteTime
    {
        get
        {
            const uint Second = 1_000_000_000;
            TimeSpan since = TimeSpan.FromMilliseconds(writtenAt - madeAt);
            uint nanoseconds = Attributes.ChangeTime.Nanoseconds + ((uint)since.Milliseconds * 1_000_000);
            return new Timestamp(Attributes.ChangeTime.Seconds + (long)since.TotalSeconds + (nanoseconds / Second), nanoseconds % Second);
        }
    }

    /// <summary>Its mode and times were changed at the exporter.</summary>
    public void Changed(in InodeAttributes changed)
    {
        Attributes = changed;
        writtenAt = 0;
    }

    public void Write(ulong offset, ReadOnlySpan<byte> bytes)
    {
        writtenAt = Environment.TickCount64;
        if (!isWhole || !TryReserve(offset + (ulong)bytes.Length))
        {
            Drop();
            return;
        }

        int start = (int)offset;
        if (start > length)
        {
            content.AsSpan(length, start - length).Clear();
        }

        bytes.CopyTo(content.AsSpan(start));
        length = Math.Max(length, start + bytes.Length);
    }

    /// <returns>False: its content is not here, or no more.</returns>
    public bool TryRead(ulong offset, Span<byte> destination, out int read)
    {
        read = isWhole && offset < (ulong)length ? Math.Min(destination.Length, length - (int)offset) : 0;
        content.AsSpan(read > 0 ? (int)offset : 0, read).CopyTo(destination);
        return isWhole;
    }

    /// <summary>Takes the content away, as a buffer of the pool; null: it is not here.</summary>
    public byte[]? Take(out int taken)
    {
        byte[]? whole = isWhole ? content : null;
        taken = whole is null ? 0 : length;
        if (whole is null)
        {
            return null;
        }

        isWhole = false;
        budget.Give(content.Length);
        content = [];
        return whole;
    }

    /// <summary>Gives the content's memory back.</summary>
    public void Drop()
    {
        isWhole = false;
        if (content.Length > 0)
        {
            budget.Give(content.Length);
            ArrayPool<byte>.Shared.Return(content);
            content = [];
        }
    }

    private bool TryReserve(ulong end)
    {
        if (end <= (ulong)content.Length)
        {
            return true;
        }

        if (end > Foresight.WholeFileBytes)
        {
            return false;
        }

        byte[] larger = ArrayPool<byte>.Shared.Rent(Math.Max(FirstBytes, Math.Max((int)end, 2 * content.Length)));
        if (!budget.TryTake(larger.Length))
        {
            ArrayPool<byte>.Shared.Return(larger);
            return false;
        }

        content.AsSpan(0, length).CopyTo(larger);
        if (content.Length > 0)
        {
            budget.Give(content.Length);
            ArrayPool<byte>.Shared.Return(content);
        }

        content = larger;
        return true;
    }
}
