using System.Diagnostics.CodeAnalysis;

namespace Tessera.Crypto;

/// <summary>A volume's recovery key pair as everybody who has the volume open may know it: the public key, to which locks in it are sealed, and the private one, wrapped so that
/// only the recovery code opens it (docs/format/keys.md, section 5).</summary>
/// <remarks>None of it is secret. Whose it is, is for who got it to know: nothing in it proves that.</remarks>
public sealed class SealedRecoveryKey
{
    /// <summary>Bytes of the encoded form: volume id ‖ public key ‖ salt of the recovery slot ‖ wrapped private key.</summary>
    public const int Size = WrappedAt + WrappedKey.Size;

    private const int PublicKeyAt = KeyHeader.VolumeIdSize;
    private const int SaltAt = PublicKeyAt + RecoveryKeyPair.PublicKeySize;
    private const int WrappedAt = SaltAt + KeyDerivation.SaltSize;

    private readonly byte[] _bytes;

    internal SealedRecoveryKey(byte[] bytes) => _bytes = bytes;

    public ReadOnlySpan<byte> Encoded => _bytes;

    public ReadOnlySpan<byte> PublicKey => _bytes.AsSpan(PublicKeyAt, RecoveryKeyPair.PublicKeySize);

    private ReadOnlySpan<byte> VolumeId => _bytes.AsSpan(0, KeyHeader.VolumeIdSize);

    /// <summary>Reads an encoded one.</summary>
    /// <param name="bytes">Trusted in nothing.</param>
    /// <param name="key">Null unless true is returned.</param>
    /// <returns>False when the length is another, or the public key is none of P-256.</returns>
    public static bool TryParse(ReadOnlySpan<byte> bytes, [NotNullWhen(true)] out SealedRecoveryKey? key)
    {
        key = bytes.Length == Size && RecoveryKeyPair.IsPublicKey(bytes.Slice(PublicKeyAt, RecoveryKeyPair.PublicKeySize)) ? new SealedRecoveryKey(bytes.ToArray()) : null;
        return key is not null;
    }

    /// <summary>Opens the private key.</summary>
    /// <param name="code">The volume's recovery code.</param>
    /// <param name="pair">To be disposed; null unless true is returned.</param>
    /// <returns>False when the code is not the one under which it is wrapped, or something was exchanged.</returns>
    public bool TryOpen(RecoveryCode code, [NotNullWhen(true)] out RecoveryKeyPair? pair)
    {
        pair = null;
        using SecretBytes codeKey = KeyHeader.CodeWrappingKey(code, _bytes.AsSpan(SaltAt, KeyDerivation.SaltSize));
        using SecretBytes wrappingKey = KeyHeader.PrivateKeyWrappingKey(codeKey, VolumeId);
        ReadOnlySpan<byte> associated = _bytes.AsSpan(0, SaltAt); // volume id ‖ public key
        if (WrappedKey.TryUnwrap(wrappingKey, associated, _bytes.AsSpan(WrappedAt), out SecretBytes? privateKey))
        {
            using (privateKey)
            {
                if (RecoveryKeyPair.TryFromPrivateKey(privateKey.Span, out pair) && pair.PublicKey.SequenceEqual(PublicKey))
                {
                    return true;
                }
            }
        }

        pair?.Dispose();
        pair = null;
        return false;
    }
}
