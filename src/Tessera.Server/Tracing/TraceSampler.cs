namespace Tessera.Server.Tracing;

/// <summary>Which operations are traced: a share of them, spread as if by chance (SplitMix64 over a counter). Takes no lock and allocates nothing.</summary>
/// <param name="ratio">0 to 1.</param>
/// <param name="seed">Where the counter begins: two servers do not take the same ones.</param>
internal sealed class TraceSampler(double ratio, long seed)
{
    private readonly ulong threshold = ratio >= 1 ? ulong.MaxValue : (ulong)(ratio * ulong.MaxValue);
    private long count = seed;

    public bool Takes()
    {
        ulong mixed = (ulong)Interlocked.Increment(ref count) * 0x9E37_79B9_7F4A_7C15;
        mixed = (mixed ^ (mixed >> 30)) * 0xBF58_476D_1CE4_E5B9;
        mixed = (mixed ^ (mixed >> 27)) * 0x94D0_49BB_1331_11EB;
        return (mixed ^ (mixed >> 31)) <= threshold;
    }
}
