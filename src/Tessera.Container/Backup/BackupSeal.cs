using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.Container.Backup;

/// <summary>A SHA-256 digest sealed under a one-time key of the volume: salt 32, tag 16, digest 32 (docs/format/backup.md, Seals).</summary>
internal static class BackupSeal
{
    public const int Size = ChainReference.SaltLength + Geometry.TagSize + SHA256.HashSizeInBytes;
    public const string Header = "tessera backup header";
    public const string End = "tessera backup end";
    private const int TagOffset = ChainReference.SaltLength;
    private const int DigestOffset = TagOffset + Geometry.TagSize;

    public static void Write(Span<byte> target, ReadOnlySpan<byte> digest, SealingKeys keys, string purpose)
    {
        Span<byte> salt = target[..ChainReference.SaltLength];
        RandomNumberGenerator.Fill(salt);
        using UnitSealer sealer = keys.OneTime(salt, purpose);
        sealer.Seal(0, [], digest, target[DigestOffset..Size], target[TagOffset..DigestOffset]);
    }

    public static bool Opens(ReadOnlySpan<byte> source, ReadOnlySpan<byte> digest, SealingKeys keys, string purpose)
    {
        Span<byte> opened = stackalloc byte[SHA256.HashSizeInBytes];
        using UnitSealer sealer = keys.OneTime(source[..ChainReference.SaltLength], purpose);
        return sealer.TryOpen(0, [], source[DigestOffset..Size], source[TagOffset..DigestOffset], opened)
            && CryptographicOperations.FixedTimeEquals(opened, digest);
    }
}
