namespace Tessera.Wire.Tests.Harness;

/// <summary>Random numbers that come again with their seed (splitmix64); safe to draw from several threads.</summary>
internal sealed class Seeded(ulong seed)
{
    private ulong state = seed;

    public int Next(int bound) => (int)(Draw() % (ulong)bound);

    public bool OneIn(int times) => Next(times) == 0;

    public byte[] Bytes(int count)
    {
        byte[] bytes = new byte[count];
        for (int i = 0; i < count; i++)
        {
            bytes[i] = (byte)Draw();
        }

        return bytes;
    }

    private ulong Draw()
    {
        ulong z = Interlocked.Add(ref state, 0x9E3779B97F4A7C15);
        z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
        z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
        return z ^ (z >> 31);
    }
}
