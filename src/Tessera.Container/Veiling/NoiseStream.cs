using System.Security.Cryptography;
using Tessera.Crypto;

namespace Tessera.Container.Veiling;

/// <summary>Random bytes at several times the speed of the system's generator: the key stream of AES-256-GCM under a key that nobody keeps. Any thread.</summary>
internal sealed class NoiseStream : IDisposable
{
    /// <summary>Of one nonce.</summary>
    private const int UnitLength = 64 * 1024;
    private readonly UnitSealer stream;
    private long counter;

    public NoiseStream()
    {
        Span<byte> key = stackalloc byte[UnitSealer.KeySize];
        RandomNumberGenerator.Fill(key);
        stream = UnitSealers.Create(SealAlgorithm.Aes256Gcm, key);
        CryptographicOperations.ZeroMemory(key);
    }

    public void Fill(Span<byte> target)
    {
        Span<byte> tag = stackalloc byte[UnitSealer.TagSize];
        while (target.Length > 0)
        {
            Span<byte> unit = target[..Math.Min(UnitLength, target.Length)];
            unit.Clear();
            stream.Seal((ulong)Interlocked.Increment(ref counter), default, unit, unit, tag);
            target = target[unit.Length..];
        }
    }

    public void Dispose() => stream.Dispose();
}
