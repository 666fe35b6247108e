namespace Tessera.Crypto;

/// <summary>Makes sealers.</summary>
public static class UnitSealers
{
    /// <summary>A sealer for <paramref name="algorithm"/> under a copy of <paramref name="key32"/>.</summary>
    /// <param name="algorithm">One of the named values.</param>
    /// <param name="key32">32 bytes; the caller still has to clear them. For <see cref="SealAlgorithm.Checksum"/> they tell volumes apart.</param>
    /// <exception cref="ArgumentException">The key has another length.</exception>
    /// <exception cref="ArgumentOutOfRangeException">The algorithm is none that this version knows.</exception>
    /// <exception cref="NativeLibraryMissingException">libssl3 or libxxhash0 is not installed.</exception>
    public static UnitSealer Create(SealAlgorithm algorithm, ReadOnlySpan<byte> key32)
    {
        if (key32.Length != UnitSealer.KeySize)
        {
            throw new ArgumentException("A sealing key has 32 bytes.", nameof(key32));
        }

        return algorithm switch
        {
            SealAlgorithm.Checksum => new ChecksumSealer(key32),
            SealAlgorithm.Aes256Gcm => new AeadSealer("AES-256-GCM", key32),
            SealAlgorithm.ChaCha20Poly1305 => new AeadSealer("ChaCha20-Poly1305", key32),
            _ => throw new ArgumentOutOfRangeException(nameof(algorithm), algorithm, "Unknown sealing algorithm."),
        };
    }
}
