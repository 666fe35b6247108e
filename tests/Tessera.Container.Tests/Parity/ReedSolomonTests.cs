using Tessera.Container.Parity;

namespace Tessera.Container.Tests.Parity;

/// <summary>The code of docs/format/parity.md, against arithmetic that is written down the long way.</summary>
public sealed class ReedSolomonTests
{
    private const int Size = 100;

    [Fact]
    public void Products_are_those_of_polynomials_modulo_11Dh()
    {
        for (int one = 0; one < 256; one++)
        {
            for (int other = 0; other < 256; other++)
            {
                GaloisField.Multiply((byte)one, (byte)other).ShouldBe(Product(one, other));
            }

            if (one > 0)
            {
                Product(one, GaloisField.Inverse((byte)one)).ShouldBe((byte)1);
            }
        }
    }

    /// <summary>Also of lengths that are no multiple of a register's.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(31)]
    [InlineData(32)]
    [InlineData(4096)]
    [InlineData(4099)]
    public void A_product_of_many_bytes_is_added_byte_by_byte(int length)
    {
        var random = new Random(length);
        byte[] source = new byte[length];
        random.NextBytes(source);
        for (int factor = 0; factor < 256; factor++)
        {
            byte[] target = new byte[length];
            random.NextBytes(target);
            byte[] expected = [.. target.Select((value, i) => (byte)(value ^ Product(factor, source[i])))];

            GaloisField.AddProduct((byte)factor, source, target);

            target.ShouldBe(expected);
        }
    }

    [Theory]
    [InlineData(8, 1)]
    [InlineData(8, 2)]
    [InlineData(8, 4)]
    [InlineData(16, 3)]
    public void Any_data_that_is_lost_comes_back_out_of_any_parity(int data, int parity)
    {
        var code = new ReedSolomon(data, parity);
        var random = new Random(1);
        for (int count = 1; count <= data; count++)
        {
            byte[] fragments = new byte[count * Size];
            random.NextBytes(fragments);
            byte[] rows = new byte[parity * Size];
            for (int row = 0; row < parity; row++)
            {
                code.Encode(row, fragments, rows.AsSpan(row * Size, Size));
            }

            foreach (int[] lost in Sets(count, parity))
            {
                foreach (int[] used in Sets(parity, parity).Where(set => set.Length == lost.Length))
                {
                    byte[] damaged = [.. fragments];
                    Array.ForEach(lost, fragment => random.NextBytes(damaged.AsSpan(fragment * Size, Size)));

                    code.Solve(lost, used, damaged, rows, Size);

                    damaged.AsSpan().SequenceEqual(fragments).ShouldBeTrue($"{data}+{parity}, {count} there, lost {string.Join(',', lost)}, with {string.Join(',', used)}");
                }
            }
        }
    }

    /// <summary>The first bytes of parity of a stripe whose fragments begin with 1, 2, 3 and so on: what another program must come to.</summary>
    [Fact]
    public void Parity_is_the_sum_of_data_over_differences()
    {
        var code = new ReedSolomon(8, 2);
        byte[] fragments = [1, 2, 3, 4, 5, 6, 7, 8];
        for (int row = 0; row < 2; row++)
        {
            byte[] parity = new byte[1];
            code.Encode(row, fragments, parity);

            int expected = 0;
            for (int i = 0; i < 8; i++)
            {
                int inverse = Enumerable.Range(1, 255).Single(value => Product(value, (8 + row) ^ i) == 1);
                expected ^= Product(inverse, fragments[i]);
            }

            parity[0].ShouldBe((byte)expected);
        }
    }

    /// <summary>All sets of one to so many numbers below a bound.</summary>
    private static IEnumerable<int[]> Sets(int bound, int most)
    {
        for (int bits = 1; bits < 1 << bound; bits++)
        {
            int[] set = [.. Enumerable.Range(0, bound).Where(i => (bits & (1 << i)) != 0)];
            if (set.Length <= most)
            {
                yield return set;
            }
        }
    }

    private static byte Product(int one, int other)
    {
        int product = 0;
        for (int bit = 0; bit < 8; bit++)
        {
            product ^= (other & (1 << bit)) != 0 ? one << bit : 0;
        }

        for (int bit = 15; bit >= 8; bit--)
        {
            product ^= (product & (1 << bit)) != 0 ? 0x11d << (bit - 8) : 0;
        }

        return (byte)product;
    }
}
