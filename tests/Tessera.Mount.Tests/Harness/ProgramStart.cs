namespace Tessera.Mount.Tests.Harness;

/// <summary>How to start a program.</summary>
internal sealed record ProgramStart(string Program, params string[] Arguments)
{
    public string Directory { get; init; } = "/";

    /// <summary>Beyond what this process has.</summary>
    public IReadOnlyDictionary<string, string> Environment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>Written to its standard input, which is closed in any case.</summary>
    public string? Input { get; init; }

    public TimeSpan Limit { get; init; } = Programs.DefaultLimit;

    public override string ToString() => $"{Program} {string.Join(' ', Arguments)}";
}
