namespace Tessera.Testing.Models;

/// <summary>A file's bytes, and every version of them since the model began: a crash may show any from the last stored one on.</summary>
/// <remarks>Version n is the first one with n changes made.</remarks>
public sealed class ReferenceContent
{
    private readonly byte[] first;
    private readonly List<ContentChange> changes = [];
    private readonly List<(int Operations, int Version)> durable = [];
    private bool isShared = true;

    /// <param name="first">Version 0, stored; it is never written to.</param>
    public ReferenceContent(byte[] first)
    {
        this.first = first;
        Data = first;
    }

    /// <summary>The bytes now; not to be changed.</summary>
    public byte[] Data { get; private set; }

    public int Version => changes.Count;

    /// <summary>The oldest version that a crash may leave, now.</summary>
    public int Flushed { get; private set; }

    public bool IsDirty => Version > Flushed;

    public void Write(int offset, byte[] bytes) => Change(new ContentChange(Math.Max(Data.Length, offset + bytes.Length), offset, bytes));

    public void Truncate(int length) => Change(new ContentChange(length, 0, []));

    /// <summary>Zeros as far as the file goes, which is from now on so long: one change.</summary>
    public void Clear(int offset, int count, int length)
    {
        int within = Math.Clamp(length - offset, 0, count);
        if (within > 0 || length != Data.Length)
        {
            Change(new ContentChange(length, within > 0 ? offset : 0, new byte[within]));
        }
    }

    /// <summary>What was found in the file after a crash is its content from now on.</summary>
    public void Replace(byte[] bytes) => Change(new ContentChange(bytes.Length, 0, bytes));

    public void Flush() => Flushed = Version;

    /// <summary>The flushed version survives a power cut once the disk has done so many operations.</summary>
    public void Durable(int operations) => durable.Add((operations, Flushed));

    /// <summary>The oldest version that a power cut during an operation of the disk may leave.</summary>
    public int DurableAt(int operation)
    {
        int at = durable.FindLastIndex(promise => promise.Operations <= operation);
        return at < 0 ? 0 : durable[at].Version;
    }

    /// <summary>Whether the bytes are those of a version in the range.</summary>
    public bool HasVersion(ReadOnlySpan<byte> bytes, int least, int most)
    {
        if (most == Version && bytes.SequenceEqual(Data))
        {
            return true;
        }

        byte[] data = VersionAt(least);
        for (int version = least; version <= most; version++)
        {
            data = version == least ? data : changes[version - 1].ApplyTo(data);
            if (bytes.SequenceEqual(data))
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Whether the bytes are those of a version in the range from some offset on, and of the last one before it: a flush of more pieces than one commit
    /// takes was cut short.</summary>
    public bool IsPartlyFlushed(ReadOnlySpan<byte> bytes, int least, int most)
    {
        byte[] newest = VersionAt(most);
        int flushed = bytes.CommonPrefixLength(newest);
        byte[] data = VersionAt(least);
        for (int version = least; version <= most; version++)
        {
            data = version == least ? data : changes[version - 1].ApplyTo(data);
            if (bytes[flushed..].SequenceEqual(data.AsSpan(Math.Min(flushed, data.Length))))
            {
                return true;
            }
        }

        return false;
    }

    private byte[] VersionAt(int version)
    {
        byte[] data = [.. first];
        for (int i = 0; i < version; i++)
        {
            data = changes[i].ApplyTo(data);
        }

        return data;
    }

    private void Change(ContentChange change)
    {
        changes.Add(change);
        Data = change.ApplyTo(isShared ? [.. Data] : Data);
        isShared = false;
    }
}
