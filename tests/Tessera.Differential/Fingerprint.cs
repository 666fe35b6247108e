using System.Globalization;
using System.Runtime.InteropServices;

namespace Tessera.Differential;

/// <summary>64 bits that two different contents hardly share; it needs no library that the user of the process may not read.</summary>
internal static class Fingerprint
{
    private const ulong Start = 0xCBF29CE484222325;
    private const ulong Factor = 0x9E3779B97F4A7C15;

    public static string Of(ReadOnlySpan<byte> content) => Text(Add(Start, content));

    public static ulong Add(ulong state, ReadOnlySpan<byte> content)
    {
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(content))
        {
            state = Mix(state, word);
        }

        for (int i = content.Length / sizeof(ulong) * sizeof(ulong); i < content.Length; i++)
        {
            state = Mix(state, content[i]);
        }

        return Mix(state, (ulong)content.Length);
    }

    public static string Text(ulong state) => state.ToString("x16", CultureInfo.InvariantCulture);

    private static ulong Mix(ulong state, ulong word)
    {
        state = (state ^ word) * Factor;
        return state ^ (state >> 29);
    }
}
