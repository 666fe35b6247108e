using System.Security.Cryptography;

namespace Tessera.Mount.Tests.Faults;

/// <summary>The states that a directory goes through while one program works in it, each in a line for each name, and up to which of them all is durable.</summary>
internal sealed class PowerCutHistory
{
    private const string DirectoryLine = "directory";
    private const int Shown = 8;
    private readonly List<string> states = [string.Empty];
    private readonly List<string> calls = ["begin"];
    private readonly Dictionary<object, int> changed = new(ReferenceEqualityComparer.Instance);
    private int durable;

    /// <summary>The names themselves.</summary>
    public static object Directory { get; } = new();

    /// <summary>Files by name, null for a directory. Two names of one file have one body.</summary>
    public SortedDictionary<string, Body?> Names { get; } = new(StringComparer.Ordinal);

    public int Length => states.Count;

    /// <summary>What the next call makes of the names. It is told before the call: if that does not come back, it may be done or not.</summary>
    /// <param name="call">For people.</param>
    /// <param name="of">What it changes: a <see cref="Body"/>, or <see cref="Directory"/>.</param>
    public void Next(string call, params ReadOnlySpan<object> of)
    {
        calls.Add(call);
        foreach (object one in of)
        {
            changed[one] = states.Count;
        }

        states.Add(Describe(Names.Select(name => (name.Key, name.Value is null ? DirectoryLine : Describe(name.Value.Content)))));
    }

    /// <summary>Something was synced: its last change is durable, and all before that, for there is one order (docs/semantics.md, 3 and 4). What was done to others since is not.</summary>
    /// <param name="of">A <see cref="Body"/>, or <see cref="Directory"/>.</param>
    public void MakeDurable(object of)
    {
        durable = Math.Max(durable, changed.GetValueOrDefault(of));
        calls[^1] += $" (now {durable} is durable)";
    }

    /// <summary>Null when <paramref name="directory"/> is in one of the states, none older than what is durable.</summary>
    public string? Judge(string directory)
    {
        string found = Describe(new DirectoryInfo(directory).EnumerateFileSystemInfos().OrderBy(entry => entry.Name, StringComparer.Ordinal)
            .Select(entry => (entry.Name, entry is DirectoryInfo ? DirectoryLine : Describe(File.ReadAllBytes(entry.FullName)))));
        int at = states.FindLastIndex(state => state == found);
        return at >= durable ? null
            : at >= 0 ? $"State {at} of {states.Count} is there, and {durable} was durable:\n{string.Join('\n', Enumerable.Range(0, states.Count).Skip(at - 1).Take(Shown).Select(i => $"{i}: {calls[i]}"))}"
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
