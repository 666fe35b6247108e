using System.Buffers.Binary;

namespace Tessera.Fuzz.Tests.Engine;

/// <summary>Makes inputs of well-formed ones: what a damaged disk, a careless writer and an adversary would do to them.</summary>
public sealed class Mutator
{
    /// <summary>Values at which length checks, signs and additions break.</summary>
    private static readonly ulong[] s_boundaries =
    [
        0, 1, 2, 3, 4, 7, 8, 15, 16, 31, 32, 39, 40, 41, 63, 64, 127, 128, 255, 256, 511, 512, 4095, 4096, 4097, 16383, 16384, 32767, 32768, 65535, 65536,
        (1 << 20) - 1, 1 << 20, (1 << 20) + 1, int.MaxValue - 1, int.MaxValue, 1UL << 31, uint.MaxValue - 1, uint.MaxValue, 1UL << 32, 1UL << 48,
        long.MaxValue - 1, long.MaxValue, 1UL << 63, ulong.MaxValue - 1, ulong.MaxValue,
    ];

    /// <summary>Changes made to one input: most bugs need one, some need a pair that agree.</summary>
    private const int MostChanges = 4;
    private readonly FuzzRandom random;
    private readonly IReadOnlyList<byte[]> seeds;
    private readonly int longest;

    /// <param name="random">Where every choice comes from.</param>
    /// <param name="seeds">Well-formed inputs.</param>
    /// <param name="longest">No input is made longer, bytes.</param>
    public Mutator(FuzzRandom random, IReadOnlyList<byte[]> seeds, int longest)
    {
        this.random = random;
        this.seeds = seeds;
        this.longest = longest;
    }

    public byte[] Next()
    {
        byte[] input = (byte[])seeds[random.Below(seeds.Count)].Clone();
        for (int changes = 1 + random.Below(MostChanges); changes > 0; changes--)
        {
            input = Change(input);
        }

        return input.Length <= longest ? input : input[..longest];
    }

    private byte[] Change(byte[] input)
    {
        if (input.Length == 0)
        {
            return [random.NextByte()];
        }

        switch (random.Below(10))
        {
            case 0:
                input[random.Below(input.Length)] ^= (byte)(1 << random.Below(8));
                return input;
            case 1:
                input[random.Below(input.Length)] = random.NextByte();
                return input;
            case 2 or 3:
                SetInteger(input, s_boundaries[random.Below(s_boundaries.Length)]);
                return input;
            case 4:
                StepInteger(input);
                return input;
            case 5:
                return input[..random.Below(input.Length)];
            case 6:
                return Extend(input);
            case 7:
                return Duplicate(input);
            case 8:
                return Splice(input);
            default:
                int at = random.Below(input.Length);
                input.AsSpan(at, 1 + random.Below(Math.Min(16, input.Length - at))).Fill(random.Below(2) == 0 ? (byte)0 : (byte)0xFF);
                return input;
        }
    }

    /// <summary>Fields are aligned more often than not.</summary>
    private int FieldAt(int length, int size)
    {
        int at = random.Below(length - size + 1);
        return random.Below(4) == 0 ? at : at / size * size;
    }

    private int FieldSize(int length)
    {
        int size = 1 << random.Below(4);
        while (size > length)
        {
            size >>= 1;
        }

        return size;
    }

    private void SetInteger(byte[] input, ulong value)
    {
        int size = FieldSize(input.Length);
        Write(input.AsSpan(FieldAt(input.Length, size), size), value, bigEndian: random.Below(8) == 0);
    }

    /// <summary>Off by one, or by a little, or the other sign.</summary>
    private void StepInteger(byte[] input)
    {
        int size = FieldSize(input.Length);
        Span<byte> field = input.AsSpan(FieldAt(input.Length, size), size);
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        wide.Clear();
        field.CopyTo(wide);
        ulong value = BinaryPrimitives.ReadUInt64LittleEndian(wide);
        value = random.Below(3) switch { 0 => value + 1, 1 => value - 1, _ => value + (ulong)random.Below(64) - 32 };
        Write(field, value, bigEndian: false);
    }

    private byte[] Extend(byte[] input)
    {
        byte[] longer = new byte[input.Length + 1 + random.Below(64)];
        input.CopyTo(longer, 0);
        longer.AsSpan(input.Length).Fill(random.NextByte());
        return longer;
    }

    private byte[] Duplicate(byte[] input)
    {
        int at = random.Below(input.Length);
        int length = 1 + random.Below(Math.Min(64, input.Length - at));
        return [.. input[..(at + length)], .. input[at..]];
    }

    /// <summary>The beginning of one input and the end of another.</summary>
    private byte[] Splice(byte[] input)
    {
        byte[] other = seeds[random.Below(seeds.Count)];
        return other.Length == 0 ? input : [.. input[..random.Below(input.Length)], .. other[random.Below(other.Length)..]];
    }

    private static void Write(Span<byte> field, ulong value, bool bigEndian)
    {
        Span<byte> wide = stackalloc byte[sizeof(ulong)];
        BinaryPrimitives.WriteUInt64LittleEndian(wide, value);
        wide[..field.Length].CopyTo(field);
        if (bigEndian)
        {
            field.Reverse();
        }
    }
}
