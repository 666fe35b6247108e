using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>Makes the placement a header names.</summary>
internal static class Placements
{
    public static IPlacement Create(PlacementKind kind, Func<ulong>? random) =>
        kind == PlacementKind.Local ? new LocalPlacement() : new ScatteredPlacement(random ?? NextRandom);

    private static ulong NextRandom()
    {
        Span<byte> bytes = stackalloc byte[sizeof(ulong)];
        RandomNumberGenerator.Fill(bytes);
        return BinaryPrimitives.ReadUInt64LittleEndian(bytes);
    }
}
