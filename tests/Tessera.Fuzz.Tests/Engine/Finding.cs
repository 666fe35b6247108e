namespace Tessera.Fuzz.Tests.Engine;

/// <summary>An input that a reader did not bear, as small as it could be made.</summary>
public sealed record Finding(string Target, byte[] Input, string What)
{
    public override string ToString() => $"{What}\nAs a line of tests/Tessera.Fuzz.Tests/Cases:\n{Target} {HexCase.Format(Input)}";
}
