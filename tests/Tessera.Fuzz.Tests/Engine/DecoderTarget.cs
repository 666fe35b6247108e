namespace Tessera.Fuzz.Tests.Engine;

/// <summary>A pure reader: bytes in, a value or a declared exception out.</summary>
public sealed class DecoderTarget(string name, IReadOnlyList<byte[]> seeds, Action<byte[]> read) : FuzzTarget
{
    /// <summary>What a decoder may allocate beyond its input's own size: a few objects and an exception with its trace.</summary>
    private const long Slack = 64 << 10;

    public override string Name => name;

    public override IReadOnlyList<byte[]> Seeds => seeds;

    /// <summary>Bytes copied for each byte of input, at most.</summary>
    public int CopiesOfInput { get; init; } = 4;

    public required IReadOnlyList<Type> Declared { get; init; }

    public override int LongestInput => Math.Max(1024, 2 * seeds.Max(seed => seed.Length));

    public override long AllocationLimit => Slack + ((long)CopiesOfInput * LongestInput);

    public override void Read(byte[] input) => read(input);

    public override bool IsDeclared(Exception exception) => Declared.Any(type => type.IsInstanceOfType(exception));
}
