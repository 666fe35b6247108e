namespace Tessera.Crypto.Tests.Sealing;

/// <summary>Reproducible bytes for tests.</summary>
internal static class SealerData
{
    public static byte[] Bytes(int seed, int length)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }
}
