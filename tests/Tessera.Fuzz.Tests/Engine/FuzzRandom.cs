namespace Tessera.Fuzz.Tests.Engine;

/// <summary>SplitMix64: cheap to seed, so that each input has a seed of its own and can be made again without those before it.</summary>
public sealed class FuzzRandom(ulong seed)
{
    private ulong state = seed;

    public void Reseed(ulong value) => state = value;

    public ulong Next64()
    {
        ulong z = state += 0x9E3779B97F4A7C15;
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }

    /// <summary>From 0 to below <paramref name="bound"/>, which is positive.</summary>
    public int Below(int bound) => (int)(Next64() % (uint)bound);

    public byte NextByte() => (byte)Next64();
}
