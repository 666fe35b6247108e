using System.Security.Cryptography;

namespace Tessera.Mount.Tests.Faults;

/// <summary>The states that a directory goes through while one program works in it, each in a line for each name, and up to which of them all is durable.</summary>
internal sealed class PowerCutHistory
{
    private const string DirectoryLine = "directory";
    private readonly List<string> states = [string.Empty];
    private int durable;

    /// <summary>Files by name, null for a directory. Two names of one file have one body.</summary>
    public SortedDictionary<string, Body?> Names { get; } = new(StringComparer.Ordinal);

    public int Length => states.Count;

    /// <summary>What the next call makes of the names. It is told before the call: if that does not come back, it may be done or not.</summary>
    public void Next() => states.Add(Describe(Names.Select(name => (name.Key, name.Value is null ? DirectoryLine : Describe(name.Value.Content)))));

    /// <summary>Something was synced: it and all before it, for there is one order (docs/semantics.md, 3 and 4).</summary>
    public void MakeDurable() => durable = states.Count - 1;

    /// <summary>Null when <paramref name="directory"/> is in one of the states, none older than what is durable.</summary>
    public string? Judge(string directory)
    {
        string found = Describe(new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => (entry.Name, entry is DirectoryInfo ? DirectoryLine : Describe(File.ReadAllBytes(entry.FullName)))));
        int at = states.FindLastIndex(state => state == found);
        return at >= durable ? null
            : at >= 0 ? $"State {at} of {states.Count} is there, and {durable} was durable."
            : $"It was never in this state:\n{found}\nWhat was durable:\n{states[durable]}\nThe last:\n{states[^1]}";
    }

    private static string Describe(IEnumerable<(string Name, string Line)> lines) => string.Join('\n', lines.Select(line => $"{line.Name} {line.Line}"));

    private static string Describe(byte[] content) => $"{content.Length} {Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 6))}";

    /// <summary>What a file holds.</summary>
    internal sealed class Body
    {
        public byte[] Content { get; set; } = [];
    }
}
