namespace Tessera.Mount.Tests.KillRounds;

/// <summary>Contents that a seed and a length say everything about.</summary>
internal readonly record struct Contents(int Seed, int Length)
{
    public byte[] Bytes()
    {
        byte[] bytes = new byte[Length];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }
}
