using System.Security.Cryptography;

namespace Tessera.Crypto.Tests.Keys;

public sealed class RecoveryKeyPairTests
{
    // RFC 5903, 8.1: the initiator's pair.
    [Fact]
    public void TryFromPrivateKey_pair_of_rfc5903_has_its_public_key()
    {
        byte[] privateKey = Convert.FromHexString("C88F01F510D9AC3F70A292DAA2316DE544E9AAB8AFE84049C62A9C57862D1433");

        RecoveryKeyPair.TryFromPrivateKey(privateKey, out RecoveryKeyPair? pair).ShouldBeTrue();

        Convert.ToHexString(pair.PublicKey).ShouldBe(
            "04DAD0B65394221CF9B051E1FECA5787D098DFE637FC90B9EF945D0C37725811805271A0461CDB8252D61F1C456FA3E59AB1F45B33ACCF5F58389E0577B8990BB3");
        pair.Dispose();
    }

    [Theory]
    [InlineData("0000000000000000000000000000000000000000000000000000000000000000")]
    [InlineData("FFFFFFFF00000000FFFFFFFFFFFFFFFFBCE6FAADA7179E84F3B9CAC2FC632551")] // the order of the curve
    [InlineData("FFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFFF")]
    [InlineData("01")]
    public void TryFromPrivateKey_number_out_of_range_is_refused(string number)
    {
        RecoveryKeyPair.TryFromPrivateKey(Convert.FromHexString(number), out RecoveryKeyPair? pair).ShouldBeFalse();
        pair.ShouldBeNull();
    }

    [Fact]
    public void Create_pair_agrees_with_a_peer_who_has_only_its_public_key()
    {
        using RecoveryKeyPair pair = RecoveryKeyPair.Create();
        AgreesWithPublicKey(pair.PrivateKey, pair.PublicKey).ShouldBeTrue();

        using RecoveryKeyPair other = RecoveryKeyPair.Create();
        AgreesWithPublicKey(other.PrivateKey, pair.PublicKey).ShouldBeFalse();
    }

    /// <summary>Whether an ECDH agreement by the private key equals the one made against the public key.</summary>
    internal static bool AgreesWithPublicKey(SecretBytes privateKey, ReadOnlySpan<byte> publicKey)
    {
        ECCurve curve = ECCurve.NamedCurves.nistP256;
        using ECDiffieHellman peer = ECDiffieHellman.Create(curve);
        using ECDiffieHellman own = ECDiffieHellman.Create(new ECParameters { Curve = curve, D = privateKey.Span.ToArray() });
        using ECDiffieHellman known = ECDiffieHellman.Create(new ECParameters
        {
            Curve = curve,
            Q = new ECPoint { X = publicKey[1..33].ToArray(), Y = publicKey[33..].ToArray() },
        });
        return own.DeriveRawSecretAgreement(peer.PublicKey).AsSpan().SequenceEqual(peer.DeriveRawSecretAgreement(known.PublicKey));
    }
}
