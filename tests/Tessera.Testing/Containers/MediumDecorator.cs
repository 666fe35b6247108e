using Tessera.Container.Media;

namespace Tessera.Testing.Containers;

/// <summary>Passes everything on to another medium; kinds of it change one thing.</summary>
public class MediumDecorator(IMedium inner) : IMedium
{
    public long Length => inner.Length;

    public int Alignment => inner.Alignment;

    public bool IsReadOnly => inner.IsReadOnly;

    public IPartedMedium? Parts => inner.Parts;

    public long HostFreeBytes => inner.HostFreeBytes;

    public virtual void Read(long offset, Span<byte> buffer) => inner.Read(offset, buffer);

    public virtual void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => inner.Write(offset, data, mode);

    public virtual void Flush() => inner.Flush();

    public virtual void Grow(long length) => inner.Grow(length);

    public virtual void Punch(long offset, long length) => inner.Punch(offset, length);

    public void Dispose()
    {
        Dispose(disposing: true);
        GC.SuppressFinalize(this);
    }

    protected virtual void Dispose(bool disposing)
    {
        if (disposing)
        {
            inner.Dispose();
        }
    }
}
