namespace Tessera.Mount.Tests.Integrity;

/// <summary>What a file must hold, in memory. Bytes behind the length are zero.</summary>
internal sealed class ShadowFile
{
    private byte[] _bytes = new byte[FileProgram.Reach * 2];

    public int Length { get; private set; }

    /// <summary>What a read gets: less at the end.</summary>
    public ReadOnlySpan<byte> Read(int offset, int length) =>
        offset >= Length ? default : _bytes.AsSpan(offset, Math.Min(length, Length - offset));

    public void Write(int offset, ReadOnlySpan<byte> content)
    {
        GrowTo(offset + content.Length);
        content.CopyTo(_bytes.AsSpan(offset));
    }

    /// <summary>The range reads as zeros, as far as the file reaches.</summary>
    public void Clear(int offset, int length)
    {
        if (offset < Length)
        {
            _bytes.AsSpan(offset, Math.Min(length, Length - offset)).Clear();
        }
    }

    public void GrowTo(int length)
    {
        if (length > _bytes.Length)
        {
            Array.Resize(ref _bytes, length * 2);
        }

        Length = Math.Max(Length, length);
    }

    public void SetLength(int length)
    {
        if (length < Length)
        {
            _bytes.AsSpan(length, Length - length).Clear();
            Length = length;
        }

        GrowTo(length);
    }
}
