namespace Tessera.Volumes.Checking;

/// <summary>Keys whose tag this format does not have.</summary>
internal sealed class UnknownPass(FindingLog log) : IKeyVisitor
{
    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) =>
        log.Add(FindingKinds.KeyUnknown, 0, $"There is a key of {key.Length} bytes with the unknown tag {key[0]:x2}.");

    public void Finish()
    {
        // Each was told as it came.
    }
}
