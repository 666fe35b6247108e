using System.Runtime.CompilerServices;

namespace Tessera.Fuse;

/// <summary>A reader over a request after its header. Each take checks that what it takes is there; a failed one leaves the rest undefined.</summary>
internal unsafe ref struct RequestBody(NativeBuffer memory, byte* buffer, int start, int end)
{
    private int _position = start;

    public readonly int Remaining => end - _position;

    /// <summary>The next fixed struct.</summary>
    public bool Take<T>(out T value)
        where T : unmanaged => Take(Unsafe.SizeOf<T>(), out value);

    /// <summary>A struct of which only the first <paramref name="size"/> bytes are sent; the rest reads as zero.</summary>
    public bool Take<T>(int size, out T value)
        where T : unmanaged
    {
        value = default;
        if (size > Remaining)
            return false;

        Unsafe.CopyBlockUnaligned(ref Unsafe.As<T, byte>(ref value), ref buffer[_position], (uint)size);
        _position += size;
        return true;
    }

    /// <summary>A string ended by NUL, which is not part of it. Empty ones do not occur in well-formed requests.</summary>
    public bool TakeString(out ReadOnlyMemory<byte> value)
    {
        value = default;
        if (Remaining <= 0)
            return false;

        var length = new ReadOnlySpan<byte>(buffer + _position, Remaining).IndexOf((byte)0);
        if (length <= 0)
            return false;

        value = memory.Lend(_position, length);
        _position += length + 1;
        return true;
    }

    /// <summary>A string that is one path component.</summary>
    public bool TakeName(out ReadOnlyMemory<byte> name) => TakeString(out name) && !name.Span.Contains((byte)'/');

    public bool TakeBytes(uint length, out ReadOnlyMemory<byte> bytes)
    {
        bytes = default;
        if (length > (uint)Math.Max(0, Remaining))
            return false;

        bytes = memory.Lend(_position, (int)length);
        _position += (int)length;
        return true;
    }
}
