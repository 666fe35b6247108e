namespace Tessera.Crypto;

/// <summary>The field of 256 elements by x⁸ + x⁴ + x³ + x + 1 (FIPS 197, 4). No tables and no branches by value: what is multiplied is secret.</summary>
internal static class Field256
{
    private const int Reduction = 0x1B;

    public static byte Multiply(byte a, byte b)
    {
        int product = 0;
        int factor = a;
        for (int i = 0; i < 8; i++)
        {
            product ^= -((b >> i) & 1) & factor;
            factor = ((factor << 1) ^ (-(factor >> 7) & Reduction)) & 0xFF;
        }

        return (byte)product;
    }

    /// <summary>By a number that is not 0: multiplied by its 254th power, for its 255th is 1.</summary>
    public static byte Divide(byte a, byte b)
    {
        byte inverse = 1;
        for (int i = 0; i < 254; i++)
        {
            inverse = Multiply(inverse, b);
        }

        return Multiply(a, inverse);
    }
}
