using System.Buffers.Binary;
using System.Numerics;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Tests;

/// <summary>Names at one directory position, as an adversary would make them: XXH64 of eight bytes is a bijection, so it is run
/// backwards.</summary>
internal static class CollidingNames
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    /// <summary>Bits of the hash that the position leaves out lie between its low and its high part.</summary>
    private const int FreeBits = 64 - EntryName.FoldedBits - EntryName.ExactBits;

    public static List<byte[]> Make(int count, int seed)
    {
        Random random = new(seed);
        while (true)
        {
            ulong hash = (ulong)random.NextInt64() << 1;
            List<byte[]> names = [];
            for (ulong free = 0; free < 1 << FreeBits; free++)
            {
                ulong mask = ((1UL << FreeBits) - 1) << EntryName.ExactBits;
                byte[] name = new byte[8];
                BinaryPrimitives.WriteUInt64LittleEndian(name, Invert((hash & ~mask) | (free << EntryName.ExactBits)));
                if (IsUsable(name) && (names.Count == 0 || EntryName.PositionOf(name) == EntryName.PositionOf(names[0])))
                {
                    names.Add(name);
                }
            }

            if (names.Count >= count)
            {
                return names[..count];
            }
        }
    }

    /// <summary>A name whose folded form is itself, so that both hashes are the one that was inverted.</summary>
    private static bool IsUsable(byte[] name)
    {
        byte[] folded = new byte[20];
        int length = CaseFold.Fold(name, folded);
        return name.AsSpan().IndexOfAny((byte)0, (byte)'/') < 0 && folded.AsSpan(0, length).SequenceEqual(name);
    }

    private static ulong Invert(ulong hash)
    {
        unchecked
        {
            hash ^= hash >> 32;
            hash *= Inverse(Prime3);
            hash ^= (hash >> 29) ^ (hash >> 58);
            hash *= Inverse(Prime2);
            hash ^= hash >> 33;
            hash = BitOperations.RotateRight((hash - Prime4) * Inverse(Prime1), 27);
            ulong lane = hash ^ (Prime5 + 8);
            return BitOperations.RotateRight(lane * Inverse(Prime1), 31) * Inverse(Prime2);
        }
    }

    /// <summary>The inverse modulo 2^64 by Newton's iteration.</summary>
    private static ulong Inverse(ulong odd)
    {
        ulong inverse = odd;
        for (int i = 0; i < 6; i++)
        {
            inverse = unchecked(inverse * (2 - (odd * inverse)));
        }

        return inverse;
    }
}
