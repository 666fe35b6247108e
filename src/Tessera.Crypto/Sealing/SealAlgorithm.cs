namespace Tessera.Crypto;

/// <summary>How a unit is sealed. The values are stored in references on the medium and never change.</summary>
public enum SealAlgorithm : byte
{
    /// <summary>No secrecy: XXH3-128 against accident and mix-up, not against a tamperer. Profile <c>plain</c>.</summary>
    Checksum = 0,

    /// <summary>AES-256-GCM (NIST SP 800-38D).</summary>
    Aes256Gcm = 1,

    /// <summary>ChaCha20-Poly1305 (RFC 8439).</summary>
    ChaCha20Poly1305 = 2,
}
