namespace Tessera.Container.Parity;

/// <summary>The systematic code of a Cauchy matrix over GF(2⁸): of <c>data</c> + <c>parity</c> fragments any <c>data</c> give all the others.</summary>
/// <remarks>Parity fragment <i>j</i> is the sum over <i>i</i> of data fragment <i>i</i> divided by (<i>data</i> + <i>j</i>) + <i>i</i>, all in the field. Every square part of such a matrix has an inverse,
/// so any <c>parity</c> losses can be made good, whichever they are (J. Blömer et al., "An XOR-Based Erasure-Resilient Coding Scheme", ICSI TR-95-048, 1995).</remarks>
internal sealed class ReedSolomon
{
    private readonly int data;
    private readonly byte[] matrix;

    /// <param name="data">Data fragments.</param>
    /// <param name="parity">Parity fragments; with the data at most 256.</param>
    public ReedSolomon(int data, int parity)
    {
        this.data = data;
        Parity = parity;
        matrix = new byte[data * parity];
        for (int row = 0; row < parity; row++)
        {
            for (int column = 0; column < data; column++)
            {
                matrix[(row * data) + column] = GaloisField.Inverse((byte)((data + row) ^ column));
            }
        }
    }

    public int Parity { get; }

    /// <summary>Makes one parity fragment of the data there is; fragments that are not there count as zeros.</summary>
    /// <param name="row">Which one.</param>
    /// <param name="fragments">Whole data fragments, one after the other.</param>
    /// <param name="target">The parity: one fragment.</param>
    public void Encode(int row, ReadOnlySpan<byte> fragments, Span<byte> target)
    {
        target.Clear();
        for (int i = 0; i * target.Length < fragments.Length; i++)
        {
            GaloisField.AddProduct(matrix[(row * data) + i], fragments.Slice(i * target.Length, target.Length), target);
        }
    }

    /// <summary>Makes data fragments anew out of the others and as many parity fragments.</summary>
    /// <param name="lost">Which data fragments; what lies in their places counts for nothing.</param>
    /// <param name="rows">As many parity fragments that are there.</param>
    /// <param name="fragments">Whole data fragments, one after the other; the lost ones are put into their places.</param>
    /// <param name="parity">All parity fragments, one after the other.</param>
    /// <param name="size">Bytes of a fragment.</param>
    public void Solve(ReadOnlySpan<int> lost, ReadOnlySpan<int> rows, Span<byte> fragments, ReadOnlySpan<byte> parity, int size)
    {
        // What is left of each parity without the data that is there is a sum over the lost ones alone.
        Span<byte> sums = stackalloc byte[lost.Length * size];
        for (int i = 0; i < rows.Length; i++)
        {
            Span<byte> sum = sums.Slice(i * size, size);
            parity.Slice(rows[i] * size, size).CopyTo(sum);
            for (int column = 0; column * size < fragments.Length; column++)
            {
                if (!lost.Contains(column))
                {
                    GaloisField.AddProduct(matrix[(rows[i] * data) + column], fragments.Slice(column * size, size), sum);
                }
            }
        }

        Span<byte> inverse = stackalloc byte[lost.Length * lost.Length];
        Invert(lost, rows, inverse);
        for (int i = 0; i < lost.Length; i++)
        {
            Span<byte> fragment = fragments.Slice(lost[i] * size, size);
            fragment.Clear();
            for (int row = 0; row < rows.Length; row++)
            {
                GaloisField.AddProduct(inverse[(i * lost.Length) + row], sums.Slice(row * size, size), fragment);
            }
        }
    }

    /// <summary>The inverse of the part of the matrix that has these rows and columns (Gauss–Jordan).</summary>
    private void Invert(ReadOnlySpan<int> columns, ReadOnlySpan<int> rows, Span<byte> inverse)
    {
        int n = columns.Length;
        Span<byte> part = stackalloc byte[n * n];
        inverse.Clear();
        for (int i = 0; i < n; i++)
        {
            inverse[(i * n) + i] = 1;
            for (int j = 0; j < n; j++)
            {
                part[(i * n) + j] = matrix[(rows[i] * data) + columns[j]];
            }
        }

        for (int i = 0; i < n; i++)
        {
            // No pivot is zero: the leading parts of a Cauchy matrix have inverses, too.
            byte scale = GaloisField.Inverse(part[(i * n) + i]);
            Scale(part.Slice(i * n, n), scale);
            Scale(inverse.Slice(i * n, n), scale);
            for (int other = 0; other < n; other++)
            {
                if (other != i)
                {
                    byte factor = part[(other * n) + i];
                    GaloisField.AddProduct(factor, part.Slice(i * n, n), part.Slice(other * n, n));
                    GaloisField.AddProduct(factor, inverse.Slice(i * n, n), inverse.Slice(other * n, n));
                }
            }
        }
    }

    private static void Scale(Span<byte> row, byte factor)
    {
        for (int i = 0; i < row.Length; i++)
        {
            row[i] = GaloisField.Multiply(row[i], factor);
        }
    }
}
