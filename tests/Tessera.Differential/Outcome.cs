namespace Tessera.Differential;

/// <summary>What a call gave: its result or errno, and what it told.</summary>
/// <param name="Result">What the call returned; −1 with <paramref name="Errno"/>.</param>
/// <param name="Errno">0 when it succeeded.</param>
/// <param name="Told">Attributes, names, or a hash of bytes.</param>
internal readonly record struct Outcome(long Result, int Errno, string Told)
{
    public override string ToString() => Errno == 0 ? $"{Result} {Told}" : $"errno {Errno}";
}
