using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Container.Veiling;

/// <summary>Random bytes, as sealed ones look, and telling them from others.</summary>
public static class Noise
{
    /// <summary>Most often that one byte value occurs in 4096 random bytes: 16 are expected, and this is 16 standard deviations more.</summary>
    private const int MostOfOneValue = 80;
    private const int UnitLength = 64 * 1024;
    private const int ChunkLength = 1 << 20;

    /// <summary>Whether a page could be random bytes. A few pages of programs and archives could be, too; text, zeros and headers never.</summary>
    public static bool IsPlausible(ReadOnlySpan<byte> page)
    {
        Span<int> counts = stackalloc int[256];
        counts.Clear();
        foreach (byte value in page[..Geometry.SlotSize])
        {
            counts[value]++;
        }

        foreach (int count in counts)
        {
            if (count > MostOfOneValue)
            {
                return false;
            }
        }

        return true;
    }

    /// <summary>Fills the whole medium: with the key stream of AES-256-GCM under a key that nobody keeps, at several times the speed of the system's generator.</summary>
    /// <param name="medium">As long as it shall be.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; what it throws ends the filling.</param>
    internal static void Fill(IMedium medium, Action<double>? progress)
    {
        Span<byte> key = stackalloc byte[UnitSealer.KeySize];
        RandomNumberGenerator.Fill(key);
        using UnitSealer stream = UnitSealers.Create(SealAlgorithm.Aes256Gcm, key);
        CryptographicOperations.ZeroMemory(key);
        byte[] zeros = new byte[UnitLength];
        Span<byte> tag = stackalloc byte[UnitSealer.TagSize];
        var chunk = new AlignedBuffer(ChunkLength);
        ulong counter = 0;
        for (long at = 0; at < medium.Length; at += ChunkLength)
        {
            Span<byte> part = chunk.Span[..(int)Math.Min(ChunkLength, medium.Length - at)];
            for (int unit = 0; unit < part.Length; unit += UnitLength)
            {
                Span<byte> target = part.Slice(unit, Math.Min(UnitLength, part.Length - unit));
                stream.Seal(counter++, default, zeros.AsSpan(0, target.Length), target, tag);
            }

            medium.Write(at, part, WriteMode.Direct);
            progress?.Invoke((at + part.Length) / (double)medium.Length);
        }
    }
}
