using System.Buffers.Binary;
using System.Numerics;

namespace Tessera.Container.Parity;

/// <summary>A keyed permutation of the slots of each column: which slots belong to one stripe is known to who has the key.</summary>
/// <remarks>A Feistel network of four rounds over the smallest even number of bits that the column fits in, whose round function is SipHash-2-4 (J.-P. Aumasson, D. J. Bernstein, 2012); walked until it
/// ends inside the column (J. Black, P. Rogaway, "Ciphers with Arbitrary Finite Domains", 2002).</remarks>
internal sealed class SlotShuffle
{
    public const int KeyLength = 16;
    private const int Rounds = 4;
    private readonly ulong key0;
    private readonly ulong key1;

    public SlotShuffle(ReadOnlySpan<byte> key)
    {
        key0 = BinaryPrimitives.ReadUInt64LittleEndian(key);
        key1 = BinaryPrimitives.ReadUInt64LittleEndian(key[sizeof(ulong)..]);
    }

    /// <summary>Where in its column the slot of a row lies.</summary>
    /// <param name="row">0 to <paramref name="size"/> − 1.</param>
    /// <param name="column">Which column: no two are permuted alike.</param>
    /// <param name="size">Slots of the column.</param>
    public long Place(long row, long column, long size)
    {
        int half = HalfOf(size);
        do
        {
            row = Forward(row, column, half);
        }
        while (row >= size);
        return row;
    }

    /// <summary>The row whose slot lies there: the other way round.</summary>
    public long Row(long place, long column, long size)
    {
        int half = HalfOf(size);
        do
        {
            place = Backward(place, column, half);
        }
        while (place >= size);
        return place;
    }

    /// <summary>A number below a bound that follows from the key and another number.</summary>
    public int Below(int bound, long number) => (int)(Hash(ulong.MaxValue, (ulong)number) % (uint)bound);

    /// <summary>Half of the bits that a column of this size needs.</summary>
    private static int HalfOf(long size) => Math.Max(1, (BitOperations.Log2((ulong)Math.Max(1, size - 1)) + 2) / 2);

    private long Forward(long value, long column, int half)
    {
        ulong mask = (1UL << half) - 1;
        ulong left = (ulong)value >> half;
        ulong right = (ulong)value & mask;
        for (int round = 0; round < Rounds; round++)
        {
            (left, right) = (right, left ^ (Hash(((ulong)column * Rounds) + (uint)round, right) & mask));
        }

        return (long)((left << half) | right);
    }

    private long Backward(long value, long column, int half)
    {
        ulong mask = (1UL << half) - 1;
        ulong left = (ulong)value >> half;
        ulong right = (ulong)value & mask;
        for (int round = Rounds - 1; round >= 0; round--)
        {
            (left, right) = (right ^ (Hash(((ulong)column * Rounds) + (uint)round, left) & mask), left);
        }

        return (long)((left << half) | right);
    }

    /// <summary>SipHash-2-4 of two words.</summary>
    private ulong Hash(ulong first, ulong second)
    {
        const ulong Length = 16UL << 56;
        ulong v0 = key0 ^ 0x736f6d6570736575;
        ulong v1 = key1 ^ 0x646f72616e646f6d;
        ulong v2 = key0 ^ 0x6c7967656e657261;
        ulong v3 = key1 ^ 0x7465646279746573;
        Absorb(ref v0, ref v1, ref v2, ref v3, first);
        Absorb(ref v0, ref v1, ref v2, ref v3, second);
        Absorb(ref v0, ref v1, ref v2, ref v3, Length);
        v2 ^= 0xff;
        for (int i = 0; i < 4; i++)
        {
            Mix(ref v0, ref v1, ref v2, ref v3);
        }

        return v0 ^ v1 ^ v2 ^ v3;
    }

    private static void Absorb(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3, ulong word)
    {
        v3 ^= word;
        Mix(ref v0, ref v1, ref v2, ref v3);
        Mix(ref v0, ref v1, ref v2, ref v3);
        v0 ^= word;
    }

    private static void Mix(ref ulong v0, ref ulong v1, ref ulong v2, ref ulong v3)
    {
        v0 += v1;
        v1 = BitOperations.RotateLeft(v1, 13) ^ v0;
        v0 = BitOperations.RotateLeft(v0, 32);
        v2 += v3;
        v3 = BitOperations.RotateLeft(v3, 16) ^ v2;
        v0 += v3;
        v3 = BitOperations.RotateLeft(v3, 21) ^ v0;
        v2 += v1;
        v1 = BitOperations.RotateLeft(v1, 17) ^ v2;
        v2 = BitOperations.RotateLeft(v2, 32);
    }
}
