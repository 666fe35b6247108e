using System.Text;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>The table in docs/limits-of-fuse.md, between its two marks.</summary>
internal static class LimitTable
{
    private const string Begin = "<!-- measured -->\n";
    private const string End = "<!-- end of measured -->";

    public static string Text(IEnumerable<(Probe Probe, ProbeResult Ext4, ProbeResult Tessera)> rows)
    {
        var text = new StringBuilder("| call | ext4 | a mount | the daemon is asked | why |\n|---|---|---|---|---|\n");
        foreach ((Probe probe, ProbeResult ext4, ProbeResult tessera) in rows)
        {
            text.Append($"| `{probe.Name.Replace("|", "\\|", StringComparison.Ordinal)}` | {ext4.Outcome} | {tessera.Outcome} | {tessera.Requests} | {probe.Reason} |\n");
        }

        return text.ToString();
    }

    /// <summary>The document with another table in it.</summary>
    public static string Put(string document, string table)
    {
        int begin = document.IndexOf(Begin, StringComparison.Ordinal) + Begin.Length;
        int end = document.IndexOf(End, StringComparison.Ordinal);
        return document[..begin] + table + document[end..];
    }
}
