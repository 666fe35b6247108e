using System.Security.Cryptography;

namespace Tessera.Container.Veiling;

/// <summary>What goes where there is nothing to store: zeros, or noise where unused bytes must look like used ones.</summary>
internal static class Unused
{
    public static void Fill(Span<byte> rest, bool withNoise)
    {
        if (withNoise)
        {
            RandomNumberGenerator.Fill(rest);
        }
        else
        {
            rest.Clear();
        }
    }
}
