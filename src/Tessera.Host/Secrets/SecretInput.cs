using System.Security.Cryptography;

namespace Tessera.Host.Secrets;

/// <summary>A secret while it is being typed or read: pinned, so that the collector leaves no copies, and zeroed when disposed.</summary>
internal sealed class SecretInput : IDisposable
{
    /// <summary>Longest passphrase, bytes: room for a key file.</summary>
    public const int MaxBytes = 64 * 1024;

    private readonly byte[] _bytes = GC.AllocateUninitializedArray<byte>(MaxBytes, pinned: true);

    public int Length { get; private set; }

    public ReadOnlySpan<byte> Bytes => _bytes.AsSpan(0, Length);

    /// <summary>False when there is no room.</summary>
    public bool TryAppend(ReadOnlySpan<byte> more)
    {
        if (more.Length > MaxBytes - Length)
        {
            return false;
        }

        more.CopyTo(_bytes.AsSpan(Length));
        Length += more.Length;
        return true;
    }

    /// <summary>Reads to the end of a stream; false when it is longer than <see cref="MaxBytes"/>.</summary>
    public bool TryReadFrom(Stream stream)
    {
        while (Length < MaxBytes)
        {
            int count = stream.Read(_bytes, Length, MaxBytes - Length);
            if (count == 0)
            {
                return true;
            }

            Length += count;
        }

        return stream.ReadByte() < 0;
    }

    /// <summary>Keeps the bytes before the first one of this value.</summary>
    public void CutAt(byte end)
    {
        int index = Bytes.IndexOf(end);
        Length = index < 0 ? Length : index;
    }

    /// <summary>Takes the last UTF-8 character away, as the backspace key does.</summary>
    public void RemoveLastCharacter()
    {
        const int ContinuationMask = 0xC0;
        const int Continuation = 0x80;
        while (Length > 0)
        {
            Length--;
            if ((_bytes[Length] & ContinuationMask) != Continuation)
            {
                return;
            }
        }
    }

    public void Clear() => Length = 0;

    public void Dispose()
    {
        CryptographicOperations.ZeroMemory(_bytes);
        Length = 0;
    }
}
