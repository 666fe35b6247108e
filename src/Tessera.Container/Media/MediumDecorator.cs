using Tessera.Container.Parity;

namespace Tessera.Container.Media;

/// <summary>Passes everything on to another medium; kinds of it change some of that.</summary>
/// <remarks>Pieces that are read or written together go through <see cref="Read"/> and <see cref="Write"/> one by one, so that a kind that changes these changes all; who can pass them on together
/// says so. It owns the medium beneath, unless a kind says otherwise.</remarks>
public abstract class MediumDecorator(IMedium inner) : IMedium
{
    public long Length => Inner.Length;

    public int Alignment => Inner.Alignment;

    public bool IsReadOnly => Inner.IsReadOnly;

    public IPartedMedium? Parts => Inner.Parts;

    public ParityMedium? Parity => Inner.Parity;

    public long HostFreeBytes => Inner.HostFreeBytes;

    /// <summary>The medium beneath.</summary>
    protected IMedium Inner { get; } = inner;

    public virtual void Read(long offset, Span<byte> buffer) => Inner.Read(offset, buffer);

    public virtual void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer) => OneByOne.Read(this, offsets, buffer);

    public virtual void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => Inner.Write(offset, data, mode);

    public virtual void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode) => OneByOne.Write(this, offsets, data, mode);

    public virtual void Flush() => Inner.Flush();

    public virtual void Grow(long length) => Inner.Grow(length);

    public virtual void Punch(long offset, long length) => Inner.Punch(offset, length);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            Inner.Dispose();
        }
    }
}
