using System.Runtime.InteropServices;
using System.Runtime.Intrinsics;
using System.Runtime.Intrinsics.X86;

namespace Tessera.Container.Parity;

/// <summary>Arithmetic in GF(2⁸) with the polynomial x⁸ + x⁴ + x³ + x² + 1 (11Dh), of which 2 is a generator.</summary>
internal static class GaloisField
{
    private const int Polynomial = 0x11d;
    private const int Order = 255;
    private const int Nibbles = 16;
    private static readonly byte[] Exponents = new byte[2 * Order];
    private static readonly byte[] Logarithms = new byte[Order + 1];

    /// <summary>Of every factor: its products with 0 to 15, then with 0, 16, … 240. A byte's product is the sum of two of them.</summary>
    private static readonly byte[] Products = new byte[256 * 2 * Nibbles];

    static GaloisField()
    {
        int value = 1;
        for (int i = 0; i < Order; i++)
        {
            Exponents[i] = Exponents[i + Order] = (byte)value;
            Logarithms[value] = (byte)i;
            value <<= 1;
            value ^= (value & 0x100) != 0 ? Polynomial : 0;
        }

        for (int factor = 0; factor < 256; factor++)
        {
            for (int nibble = 0; nibble < Nibbles; nibble++)
            {
                Products[(factor * 2 * Nibbles) + nibble] = Multiply((byte)factor, (byte)nibble);
                Products[(factor * 2 * Nibbles) + Nibbles + nibble] = Multiply((byte)factor, (byte)(nibble << 4));
            }
        }
    }

    public static byte Multiply(byte one, byte other) => one == 0 || other == 0 ? (byte)0 : Exponents[Logarithms[one] + Logarithms[other]];

    /// <exception cref="DivideByZeroException">Zero has none.</exception>
    public static byte Inverse(byte value) => value == 0 ? throw new DivideByZeroException() : Exponents[Order - Logarithms[value]];

    /// <summary>Adds <paramref name="factor"/> times the source to the target, byte by byte.</summary>
    /// <param name="factor">The factor.</param>
    /// <param name="source">As long as the target.</param>
    /// <param name="target">The sum.</param>
    public static void AddProduct(byte factor, ReadOnlySpan<byte> source, Span<byte> target)
    {
        ArgumentOutOfRangeException.ThrowIfNotEqual(source.Length, target.Length, nameof(source));
        ReadOnlySpan<byte> products = Products.AsSpan(factor * 2 * Nibbles, 2 * Nibbles);
        int done = 0;
        if (Avx2.IsSupported)
        {
            var low = Vector256.Create(Vector128.Create(products), Vector128.Create(products));
            var high = Vector256.Create(Vector128.Create(products[Nibbles..]), Vector128.Create(products[Nibbles..]));
            var mask = Vector256.Create((byte)0x0f);
            ReadOnlySpan<Vector256<byte>> from = MemoryMarshal.Cast<byte, Vector256<byte>>(source);
            Span<Vector256<byte>> to = MemoryMarshal.Cast<byte, Vector256<byte>>(target);
            for (int i = 0; i < to.Length; i++)
            {
                Vector256<byte> value = from[i];
                Vector256<byte> above = Vector256.ShiftRightLogical(value.AsUInt16(), 4).AsByte() & mask;
                to[i] ^= Avx2.Shuffle(low, value & mask) ^ Avx2.Shuffle(high, above);
            }

            done = to.Length * Vector256<byte>.Count;
        }

        for (; done < target.Length; done++)
        {
            target[done] ^= (byte)(products[source[done] & 0x0f] ^ products[Nibbles + (source[done] >> 4)]);
        }
    }
}
