namespace Tessera.Testing.Models;

/// <summary>One change of a file's bytes: its length becomes <paramref name="Length"/>, then the bytes are put at the offset.</summary>
public sealed record ContentChange(int Length, int Offset, byte[] Bytes)
{
    /// <summary>Returns the file after the change; it may be the same array.</summary>
    public byte[] ApplyTo(byte[] data)
    {
        if (data.Length != Length)
        {
            Array.Resize(ref data, Length);
        }

        Bytes.CopyTo(data, Offset);
        return data;
    }
}
