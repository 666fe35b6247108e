using System.Diagnostics.CodeAnalysis;
using System.Security.Cryptography;

namespace Tessera.Crypto;

/// <summary>
/// The P-256 pair of a volume. What is locked later, without the recovery code at hand, is sealed to the public key, which lies in the
/// key header; only the code opens the private key.
/// </summary>
public sealed class RecoveryKeyPair : IDisposable
{
    /// <summary>Bytes of the public key: 0x04 ‖ X ‖ Y (SEC 1, 2.3.3, uncompressed).</summary>
    public const int PublicKeySize = 65;

    /// <summary>Bytes of the private key: the scalar, most significant byte first.</summary>
    public const int PrivateKeySize = 32;

    private const int CoordinateSize = 32;
    internal const byte Uncompressed = 0x04;

    private readonly byte[] _publicKey;

    private RecoveryKeyPair(byte[] publicKey, SecretBytes privateKey)
    {
        _publicKey = publicKey;
        PrivateKey = privateKey;
    }

    public ReadOnlySpan<byte> PublicKey => _publicKey;

    public SecretBytes PrivateKey { get; }

    /// <summary>Draws a new pair.</summary>
    public static RecoveryKeyPair Create()
    {
        using SecretBytes candidate = new(PrivateKeySize);
        while (true)
        {
            // A number of 0 or not below the order of the curve is no private key and is drawn again (FIPS 186-5, A.2.2); once in 2³² times.
            RandomNumberGenerator.Fill(candidate.Span);
            if (TryFromPrivateKey(candidate.Span, out RecoveryKeyPair? pair))
            {
                return pair;
            }
        }
    }

    /// <summary>The pair that belongs to a private key; false when it is none of P-256.</summary>
    public static bool TryFromPrivateKey(
        ReadOnlySpan<byte> privateKey, [NotNullWhen(true)] out RecoveryKeyPair? pair)
    {
        pair = null;
        if (privateKey.Length != PrivateKeySize || !IsInRange(privateKey))
        {
            return false;
        }

        // .NET takes the scalar as an array only: a pinned one has no stray copies and is cleared below.
        byte[] scalar = GC.AllocateUninitializedArray<byte>(PrivateKeySize, pinned: true);
        try
        {
            privateKey.CopyTo(scalar);
            using ECDiffieHellman agreement = ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, D = scalar });
            ECPoint point = agreement.ExportParameters(includePrivateParameters: false).Q;
            byte[] publicKey = new byte[PublicKeySize];
            publicKey[0] = Uncompressed;
            point.X!.CopyTo(publicKey, 1);
            point.Y!.CopyTo(publicKey, 1 + CoordinateSize);
            pair = new RecoveryKeyPair(publicKey, SecretBytes.CopyOf(privateKey));
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
        }
    }

    /// <summary>Whether these bytes are a public key: a point of the curve, uncompressed.</summary>
    public static bool IsPublicKey(ReadOnlySpan<byte> bytes)
    {
        using ECDiffieHellman? key = TryImport(bytes, scalar: null);
        return key is not null;
    }

    /// <summary>What both ends of a key agreement come to know: the X coordinate of one's private key times the other's public one (SEC 1, 3.3.1).</summary>
    /// <param name="theirs">From anybody: what is no point of the curve is not computed with.</param>
    /// <param name="shared"><see cref="PrivateKeySize"/> bytes; a secret.</param>
    /// <returns>False when it is no public key.</returns>
    internal bool TryAgree(ReadOnlySpan<byte> theirs, Span<byte> shared)
    {
        using ECDiffieHellman? their = TryImport(theirs, scalar: null);
        if (their is null)
        {
            return false;
        }

        byte[] scalar = GC.AllocateUninitializedArray<byte>(PrivateKeySize, pinned: true);
        byte[] agreed = [];
        try
        {
            PrivateKey.Span.CopyTo(scalar);
            using ECDiffieHellman mine = TryImport(PublicKey, scalar)!;
            using ECDiffieHellmanPublicKey point = their.PublicKey;
            agreed = mine.DeriveRawSecretAgreement(point); // .NET gives an array that it has made, which is cleared as soon as it is copied.
            agreed.CopyTo(shared);
            return true;
        }
        finally
        {
            CryptographicOperations.ZeroMemory(scalar);
            CryptographicOperations.ZeroMemory(agreed);
        }
    }

    public void Dispose() => PrivateKey.Dispose();

    private static ECDiffieHellman? TryImport(ReadOnlySpan<byte> publicKey, byte[]? scalar)
    {
        if (publicKey.Length != PublicKeySize || publicKey[0] != Uncompressed)
        {
            return null;
        }

        var point = new ECPoint { X = publicKey.Slice(1, CoordinateSize).ToArray(), Y = publicKey[(1 + CoordinateSize)..].ToArray() };
        try
        {
            return ECDiffieHellman.Create(new ECParameters { Curve = ECCurve.NamedCurves.nistP256, Q = point, D = scalar });
        }
        catch (CryptographicException)
        {
            return null; // Not on the curve, which importing checks.
        }
    }

    private static bool IsInRange(ReadOnlySpan<byte> scalar)
    {
        // n, the order of P-256 (SP 800-186, 3.2.1.3)
        ReadOnlySpan<byte> order =
        [
            0xFF, 0xFF, 0xFF, 0xFF, 0x00, 0x00, 0x00, 0x00, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF,
            0xBC, 0xE6, 0xFA, 0xAD, 0xA7, 0x17, 0x9E, 0x84, 0xF3, 0xB9, 0xCA, 0xC2, 0xFC, 0x63, 0x25, 0x51,
        ];
        return scalar.ContainsAnyExcept((byte)0) && scalar.SequenceCompareTo(order) < 0;
    }
}
