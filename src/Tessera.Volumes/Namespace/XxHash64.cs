using System.Buffers.Binary;
using System.Numerics;

namespace Tessera.Volumes.Namespace;

/// <summary>XXH64 with seed 0, from the specification (xxhash_spec.md, version 0.2.0). The format fixes it: directory positions are made
/// of it.</summary>
internal static class XxHash64
{
    private const ulong Prime1 = 0x9E3779B185EBCA87;
    private const ulong Prime2 = 0xC2B2AE3D27D4EB4F;
    private const ulong Prime3 = 0x165667B19E3779F9;
    private const ulong Prime4 = 0x85EBCA77C2B2AE63;
    private const ulong Prime5 = 0x27D4EB2F165667C5;

    public static ulong Hash(ReadOnlySpan<byte> input)
    {
        unchecked
        {
            ulong hash;
            int length = input.Length;
            if (length >= 32)
            {
                hash = Stripes(ref input);
            }
            else
            {
                hash = Prime5;
            }

            return Finish(hash + (ulong)length, input);
        }
    }

    private static ulong Stripes(ref ReadOnlySpan<byte> input)
    {
        unchecked
        {
            ulong a = Prime1 + Prime2;
            ulong b = Prime2;
            ulong c = 0;
            ulong d = 0 - Prime1;
            while (input.Length >= 32)
            {
                a = Round(a, BinaryPrimitives.ReadUInt64LittleEndian(input));
                b = Round(b, BinaryPrimitives.ReadUInt64LittleEndian(input[8..]));
                c = Round(c, BinaryPrimitives.ReadUInt64LittleEndian(input[16..]));
                d = Round(d, BinaryPrimitives.ReadUInt64LittleEndian(input[24..]));
                input = input[32..];
            }

            ulong hash = BitOperations.RotateLeft(a, 1) + BitOperations.RotateLeft(b, 7)
                + BitOperations.RotateLeft(c, 12) + BitOperations.RotateLeft(d, 18);
            return Merge(Merge(Merge(Merge(hash, a), b), c), d);
        }
    }

    private static ulong Finish(ulong hash, ReadOnlySpan<byte> rest)
    {
        unchecked
        {
            while (rest.Length >= 8)
            {
                hash ^= Round(0, BinaryPrimitives.ReadUInt64LittleEndian(rest));
                hash = (BitOperations.RotateLeft(hash, 27) * Prime1) + Prime4;
                rest = rest[8..];
            }

            if (rest.Length >= 4)
            {
                hash ^= BinaryPrimitives.ReadUInt32LittleEndian(rest) * Prime1;
                hash = (BitOperations.RotateLeft(hash, 23) * Prime2) + Prime3;
                rest = rest[4..];
            }

            foreach (byte value in rest)
            {
                hash ^= value * Prime5;
                hash = BitOperations.RotateLeft(hash, 11) * Prime1;
            }

            hash = (hash ^ (hash >> 33)) * Prime2;
            hash = (hash ^ (hash >> 29)) * Prime3;
            return hash ^ (hash >> 32);
        }
    }

    private static ulong Round(ulong accumulator, ulong lane) =>
        unchecked(BitOperations.RotateLeft(accumulator + (lane * Prime2), 31) * Prime1);

    private static ulong Merge(ulong hash, ulong accumulator) =>
        unchecked(((hash ^ Round(0, accumulator)) * Prime1) + Prime4);
}
