using Tessera.Fuzz.Tests.Engine;
using Tessera.Testing.Simulation;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Plain bytes of a kind of structure, changed and sealed again: the container opens and works, or says what is wrong.</summary>
/// <remarks>An input is the number of the structure in the sample, one byte, and its bytes.</remarks>
internal sealed class SealedTarget : FuzzTarget
{
    /// <summary>An open for writing and one for reading of a sound sample, and all that is done with it, allocate about a third.</summary>
    private const long Allowed = 192L << 20;
    private readonly string name;
    private readonly Func<int, byte[], DiskImage> forge;
    private readonly IReadOnlyList<byte[]> seeds;

    /// <param name="name">The kind.</param>
    /// <param name="structures">Those of the sample.</param>
    /// <param name="forge">Puts bytes in the place of one.</param>
    public SealedTarget(string name, IReadOnlyList<byte[]> structures, Func<int, byte[], DiskImage> forge)
    {
        this.name = name;
        this.forge = forge;
        seeds = [.. structures.Select((bytes, number) => (byte[])[(byte)number, .. bytes])];
    }

    public override string Name => name;

    public override IReadOnlyList<byte[]> Seeds => seeds;

    public override int LongestInput => 1 + Math.Max(8192, 2 * seeds.Max(seed => seed.Length));

    public override long AllocationLimit => Allowed;

    /// <summary>The formats' exceptions and the media's are all of this kind; what else is thrown was not foreseen.</summary>
    public override bool IsDeclared(Exception exception) => exception is IOException;

    public override void Read(byte[] input)
    {
        if (input.Length == 0)
        {
            return;
        }

        DiskImage image = forge(input[0] % seeds.Count, input[1..]).Freeze();
        try
        {
            OpenedVolume.Check(image);
        }
        catch (IOException)
        {
            // A checker may refuse what it cannot open; then the open below refuses as well, or finds a way.
        }

        OpenedVolume.Use(image);
    }
}
