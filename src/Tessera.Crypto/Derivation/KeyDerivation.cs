using System.Security.Cryptography;
using System.Text;
using Tessera.Crypto.Native;

namespace Tessera.Crypto;

/// <summary>Keys from keys (HKDF-SHA256, RFC 5869) and keys from passphrases (Argon2id, RFC 9106).</summary>
public static class KeyDerivation
{
    /// <summary>Bytes of a purpose in UTF-8, at most.</summary>
    public const int MaxPurposeLength = 64;

    /// <summary>Bytes of the salt of a passphrase.</summary>
    public const int SaltSize = 32;

    private const string PurposePrefix = "tessera ";

    /// <summary>Derives the key for one purpose: HKDF-SHA256 with info = "tessera " followed by the purpose.</summary>
    /// <param name="key">The key to derive from: uniformly random bytes, never a passphrase.</param>
    /// <param name="salt">May be empty.</param>
    /// <param name="purpose">What the key is for, for example <c>key header</c>. Different purposes give independent keys.</param>
    /// <param name="output">1 to 8160 bytes, filled.</param>
    public static void Derive(ReadOnlySpan<byte> key, ReadOnlySpan<byte> salt, string purpose, Span<byte> output)
    {
        ArgumentException.ThrowIfNullOrEmpty(purpose);
        if (Encoding.UTF8.GetByteCount(purpose) > MaxPurposeLength)
        {
            throw new ArgumentException("A purpose has at most 64 bytes.", nameof(purpose));
        }

        Span<byte> info = stackalloc byte[PurposePrefix.Length + MaxPurposeLength];
        int length = Encoding.UTF8.GetBytes(PurposePrefix, info);
        length += Encoding.UTF8.GetBytes(purpose, info[length..]);
        HKDF.DeriveKey(HashAlgorithmName.SHA256, key, output, salt, info[..length]);
    }

    /// <inheritdoc cref="Derive(ReadOnlySpan{byte}, ReadOnlySpan{byte}, string, Span{byte})"/>
    public static void Derive(SecretBytes key, ReadOnlySpan<byte> salt, string purpose, Span<byte> output)
    {
        Derive(key.Span, salt, purpose, output);
        GC.KeepAlive(key);
    }

    /// <summary>Derives a key from a passphrase with Argon2id version 1.3; takes as long and as much memory as the parameters say.</summary>
    /// <param name="passphrase">The passphrase.</param>
    /// <param name="salt"><see cref="SaltSize"/> random bytes, stored beside what the key opens.</param>
    /// <param name="parameters">Checked against their limits.</param>
    /// <param name="output">The key: 4 bytes or more, filled.</param>
    /// <exception cref="ArgumentOutOfRangeException">The parameters are beyond their limits.</exception>
    /// <exception cref="Argon2MemoryException">The machine has not enough free memory; nothing weaker is tried instead.</exception>
    /// <exception cref="NativeLibraryMissingException">libargon2-1 is not installed.</exception>
    public static void FromPassphrase(
        Passphrase passphrase, ReadOnlySpan<byte> salt, Argon2Parameters parameters, Span<byte> output)
    {
        ThrowIfBeyondLimits(parameters);
        if (salt.Length != SaltSize)
        {
            throw new ArgumentException("The salt of a passphrase has 32 bytes.", nameof(salt));
        }

        ThrowIfShortOfMemory(parameters, AvailableMemory.Read());
        var input = new Argon2.Input { Password = passphrase.Bytes, Salt = salt };
        int result = Argon2.Hash(input, (uint)parameters.MemoryKiB, (uint)parameters.Passes, (uint)parameters.Lanes, output);
        GC.KeepAlive(passphrase);
        switch (result)
        {
            case Argon2.Ok:
                return;
            case Argon2.MemoryAllocationError:
                throw new Argon2MemoryException(parameters.MemoryKiB, AvailableMemory.Read() / 1024);
            case Argon2.ThreadFail:
                throw new InvalidOperationException("Argon2 could not start its threads: the limit on processes is reached (ulimit -u).");
            default:
                throw new CryptographicException($"Argon2 failed with its error {result}.");
        }
    }

    internal static void ThrowIfBeyondLimits(Argon2Parameters parameters)
    {
        if (!parameters.IsWithinLimits)
        {
            throw new ArgumentOutOfRangeException(
                nameof(parameters),
                parameters,
                "Argon2 takes 8 MiB to 4 GiB of memory, 1 to 64 passes, 1 to 16 lanes, and memory times passes up to 32 GiB.");
        }
    }

    internal static void ThrowIfShortOfMemory(Argon2Parameters parameters, long availableBytes)
    {
        if (parameters.MemoryKiB * 1024L > availableBytes)
        {
            throw new Argon2MemoryException(parameters.MemoryKiB, availableBytes / 1024);
        }
    }
}
