using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Seals hide the inner readers from accidents, not from a writer with the key or with a bug.</summary>
[Trait("Campaign", "fuzz")]
public sealed class SealedFuzzTests(ITestOutputHelper output)
{
    /// <summary>Each opens a volume three times and works on it: some 30 ms.</summary>
    private static readonly int s_inputs = FuzzSize.IsFull ? 2_000 : 40;
    private readonly SealedSample sample = SealedSample.One;
    private readonly Forger forger = new(SealedSample.One);

    [Fact]
    public void Sample_has_inner_nodes_and_records()
    {
        sample.Nodes.Count.ShouldBeGreaterThan(3);
        sample.Records.Count.ShouldBeGreaterThan(3);
        sample.Chains.ShouldAllBe(chain => chain.Payload.Length > 0);
    }

    [Fact]
    public void Root_is_believed_or_refused() =>
        Run(new SealedTarget("sealed-root", [Forger.Encode(sample.Root)], (_, bytes) => forger.WithRoot(bytes)));

    [Fact]
    public void Chains_are_believed_or_refused() =>
        Run(new SealedTarget("sealed-chain", [.. sample.Chains.Select(chain => chain.Payload)], (number, bytes) => forger.WithChain(sample.Chains[number], bytes)));

    [Fact]
    public void Nodes_are_believed_or_refused() =>
        Run(new SealedTarget("sealed-node", [.. sample.Nodes.Select(node => node.Plain)], forger.WithNode));

    [Fact]
    public void Log_records_are_believed_or_refused() =>
        Run(new SealedTarget("sealed-record", [.. sample.Records.Select(record => record.Body)], (number, bytes) => forger.WithRecord(number, header: null, bytes)));

    [Fact]
    public void Log_record_headers_are_believed_or_refused() =>
        Run(new SealedTarget("sealed-record-header", [.. sample.Records.Select(Header)], (number, bytes) => forger.WithRecord(number, bytes, sample.Records[number].Body)));

    /// <summary>Inodes, names, extents, attributes, marks, the volume's own record.</summary>
    [Fact]
    public void Entries_of_the_volume_are_believed_or_refused() =>
        Run(new SealedTarget("volume-entry", sample.Entries, (_, bytes) => forger.WithEntry(bytes)));

    private static byte[] Header(SampleRecord record)
    {
        byte[] plain = new byte[LogRecord.PlainHeader];
        record.Header.Encode(plain);
        return plain;
    }

    private void Run(SealedTarget target) => FuzzRunner.Run(target, s_inputs, output);
}
