using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>Makes the placement a header names.</summary>
internal static class Placements
{
    public static IPlacement Create(PlacementKind kind, int stripe, Func<ulong>? random) =>
        kind == PlacementKind.Local ? new LocalPlacement() : new ScatteredPlacement(Numbers(random), stripe);

    /// <summary>These random numbers, or the system's.</summary>
    public static Func<ulong> Numbers(Func<ulong>? random) => random ?? NextRandom;

    private static ulong NextRandom()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
