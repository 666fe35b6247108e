using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>A key of 32 random bytes that is kept on a device, outside the volume, and opens a slot alone or together with a passphrase.</summary>
/// <remarks>Drawn at random, never derived from what a machine is: an identifier of hardware is known to others, and gone with the part.</remarks>
public sealed class DeviceKey : IDisposable
{
    /// <summary>Bytes of the key.</summary>
    public const int Size = 32;

    private readonly SecretBytes _bytes;

    private DeviceKey(SecretBytes bytes) => _bytes = bytes;

    internal SecretBytes Bytes => _bytes;

    /// <summary>Takes a copy of <see cref="Size"/> bytes, which the caller still has to clear.</summary>
    /// <exception cref="ArgumentException">Another length; or all bytes are the same, which no random key's are.</exception>
    public static DeviceKey FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size)
        {
            throw new ArgumentException("A device key has 32 bytes.", nameof(bytes));
        }

        return bytes.ContainsAnyExcept(bytes[0])
            ? new DeviceKey(SecretBytes.CopyOf(bytes))
            : throw new ArgumentException("A device key is random; this is one byte repeated.", nameof(bytes));
    }

    public static DeviceKey Create()
    {
        var key = new SecretBytes(Size);
        RandomNumberGenerator.Fill(key.Span);
        return new DeviceKey(key);
    }

    /// <summary>Writes the key, for its file.</summary>
    /// <param name="destination">At least <see cref="Size"/> bytes; the caller has to clear them.</param>
    public void CopyTo(Span<byte> destination)
    {
        _bytes.Span.CopyTo(destination);
        GC.KeepAlive(_bytes);
    }

    /// <summary>Never the content.</summary>
    public override string ToString() => nameof(DeviceKey);

    public void Dispose() => _bytes.Dispose();
}
