using Tessera.Core.Stores;
using Tessera.Volumes.Accesses;

namespace Tessera.Volumes.Checking;

/// <summary>The access log: its head, its segments in their order, the chain of their hashes.</summary>
internal sealed class AccessLogPass : IKeyVisitor
{
    private readonly FindingLog log;
    private readonly SegmentAssembler assembler;
    private AccessLogVerifier? verifier;
    private bool isHeadJudged;

    public AccessLogPass(FindingLog log)
    {
        this.log = log;
        assembler = new SegmentAssembler(Judge);
    }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length == 1)
        {
            Begin(value);
        }
        else if (!assembler.Add(key, value))
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"A key of the access log has {key.Length} bytes, and {value.Length} of value.");
        }
    }

    public void Finish()
    {
        assembler.Finish();
        if (verifier?.Finish() is { } problem)
        {
            Break(problem);
        }
    }

    private void Begin(ReadOnlySpan<byte> value)
    {
        isHeadJudged = true;
        try
        {
            verifier = new AccessLogVerifier(AccessLogHead.Decode(value));
        }
        catch (StoreDamageException)
        {
            Break("its head makes no sense");
        }
    }

    private void Judge(ulong number, ReadOnlySpan<byte> segment)
    {
        if (!isHeadJudged)
        {
            isHeadJudged = true;
            Break("it has no head");
        }
        else if (verifier?.Check(number, segment, out _) is { } problem)
        {
            Break(problem);
        }
    }

    private void Break(string problem) => log.Add(FindingKinds.AccessLogBroken, 0, $"The chain of the access log is broken: {problem}.");
}
