namespace Tessera.Conformance.Tests.Running;

/// <summary>A case saw something else than its clause says, which a deviation may list.</summary>
/// <param name="seen">What it saw, in the words of <see cref="Deviation.Seen"/>.</param>
/// <param name="expected">What the clause says.</param>
internal sealed class UnexpectedOutcomeException(string seen, string expected) : Exception($"{seen}; due is {expected}.")
{
    public string Seen => seen;
}
