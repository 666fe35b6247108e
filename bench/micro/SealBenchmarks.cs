using BenchmarkDotNet.Attributes;
using Tessera.Crypto;

namespace Tessera.MicroBenchmarks;

/// <summary>Sealing and opening one unit, by length and algorithm.</summary>
public class SealBenchmarks
{
    private readonly byte[] associated = new byte[17];
    private readonly byte[] tag = new byte[UnitSealer.TagSize];
    private UnitSealer sealer = null!;
    private byte[] plain = [];
    private byte[] cipher = [];
    private byte[] opened = [];
    private ulong counter;

    [Params(4 << 10, 8 << 10, 16 << 10, 64 << 10)]
    public int Bytes { get; set; }

    [Params(SealAlgorithm.Aes256Gcm, SealAlgorithm.ChaCha20Poly1305, SealAlgorithm.Checksum)]
    public SealAlgorithm Algorithm { get; set; }

    [GlobalSetup]
    public void Setup()
    {
        sealer = UnitSealers.Create(Algorithm, new byte[UnitSealer.KeySize]);
        (plain, cipher, opened) = (new byte[Bytes], new byte[Bytes], new byte[Bytes]);
        counter = 0;
        Seal();
    }

    [GlobalCleanup]
    public void Cleanup() => sealer.Dispose();

    [Benchmark]
    public void Seal() => sealer.Seal(++counter, associated, plain, cipher, tag);

    [Benchmark]
    public bool Open() => sealer.TryOpen(counter, associated, cipher, tag, opened)
        ? true
        : throw new InvalidOperationException("A unit that was just sealed does not open.");
}
