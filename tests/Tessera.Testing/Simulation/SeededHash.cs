namespace Tessera.Testing.Simulation;

/// <summary>Random choices that depend on what is chosen and never on when: the same seed gives the same disk whatever the order of questions.</summary>
/// <remarks>The mixing function is SplitMix64's (Steele, Lea and Flood, "Fast splittable pseudorandom number generators", 2014).</remarks>
internal static class SeededHash
{
    private const ulong Golden = 0x9E37_79B9_7F4A_7C15;

    public static ulong Mix(ulong value)
    {
        value += Golden;
        value = (value ^ (value >> 30)) * 0xBF58_476D_1CE4_E5B9;
        value = (value ^ (value >> 27)) * 0x94D0_49BB_1331_11EB;
        return value ^ (value >> 31);
    }

    public static ulong Of(ulong seed, long subject) => Mix(Mix(seed) ^ (ulong)subject);

    public static ulong Of(ulong seed, long subject, long part) => Mix(Of(seed, subject) ^ (ulong)part);

    /// <summary>True with a probability of <paramref name="eighths"/> in eight.</summary>
    public static bool Coin(ulong hash, int eighths = 4) => (int)(hash >> 61) < eighths;

    /// <summary>A number from 0 up to, not including, <paramref name="limit"/>.</summary>
    public static int Below(ulong hash, int limit) => (int)Math.BigMul(hash, (ulong)limit, out _);

    public static void Fill(ulong seed, Span<byte> noise)
    {
        Span<ulong> words = System.Runtime.InteropServices.MemoryMarshal.Cast<byte, ulong>(noise);
        for (int i = 0; i < words.Length; i++)
        {
            words[i] = Mix(seed + ((ulong)i * Golden));
        }
    }
}
