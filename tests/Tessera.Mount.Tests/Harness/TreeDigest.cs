using System.Security.Cryptography;

namespace Tessera.Mount.Tests.Harness;

/// <summary>What a tree holds: for each path its kind, mode, size and content, so that two trees can be compared line by line.</summary>
internal static class TreeDigest
{
    /// <summary>A line for each entry below the root, ordered by path.</summary>
    public static IReadOnlyList<string> Of(string root)
    {
        var lines = new List<string>();
        foreach (FileSystemInfo entry in new DirectoryInfo(root).EnumerateFileSystemInfos("*", SearchOption.AllDirectories))
        {
            lines.Add($"{Path.GetRelativePath(root, entry.FullName)} {Describe(entry)}");
        }

        lines.Sort(StringComparer.Ordinal);
        return lines;
    }

    /// <summary>Fails with the first lines that differ.</summary>
    public static void ShouldBeSame(string actualRoot, string expectedRoot)
    {
        IReadOnlyList<string> actual = Of(actualRoot);
        IReadOnlyList<string> expected = Of(expectedRoot);
        string[] missing = [.. expected.Except(actual, StringComparer.Ordinal).Take(10)];
        string[] surplus = [.. actual.Except(expected, StringComparer.Ordinal).Take(10)];
        (missing.Length + surplus.Length).ShouldBe(0, $"expected but not there:\n  {string.Join("\n  ", missing)}\nthere but not expected:\n  {string.Join("\n  ", surplus)}");
        actual.Count.ShouldBe(expected.Count);
    }

    private static string Describe(FileSystemInfo entry)
    {
        if (entry.LinkTarget is { } target)
        {
            return $"link {target}";
        }

        string mode = Convert.ToString((int)entry.UnixFileMode, 8);
        return entry is FileInfo file ? $"file {mode} {file.Length} {Hash(file)}" : $"directory {mode}";
    }

    private static string Hash(FileInfo file)
    {
        using FileStream stream = file.OpenRead();
        return Convert.ToHexString(SHA256.HashData(stream));
    }
}
