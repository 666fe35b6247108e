using System.Collections.Immutable;
using System.Security.Cryptography;
using System.Text;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Testing.Models;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>What a program sees of a volume: a line for each path, with all that counts.</summary>
internal static class VolumeState
{
    private const int MaxContent = 1 << 20;
    private const int PageSize = 1000;

    /// <summary>Who does everything here.</summary>
    public static Caller Root { get; } = new(0, 0, 1, Door.Internal, KernelChecked: true);

    /// <summary>What stands for a directory.</summary>
    public const string Directory = "directory";

    public static string Line(ReadOnlySpan<byte> content, uint mode) => $"{Convert.ToString(mode, 8)} {content.Length} {Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 6))}";

    /// <summary>The line of a file that has other content now, and is else what it was.</summary>
    public static string WithContent(string line, ReadOnlySpan<byte> content)
    {
        string[] parts = line.Split(' ', 4);
        return Line(content, Convert.ToUInt32(parts[0], 8)) + (parts.Length == 4 ? ' ' + parts[3] : string.Empty);
    }

    /// <summary>The line of a file that has one more extended attribute, the last by name.</summary>
    public static string WithXattr(string line, string name, ReadOnlySpan<byte> value) => $"{line} {name}={Convert.ToHexString(SHA256.HashData(value).AsSpan(0, 6))}";

    /// <summary>Walks a volume. Files longer than the script's own are told by their length.</summary>
    public static async Task<ImmutableSortedDictionary<string, string>> OfAsync(Volume volume)
    {
        var lines = ImmutableSortedDictionary.CreateBuilder<string, string>(StringComparer.Ordinal);
        byte[] buffer = new byte[MaxContent];
        var directories = new Queue<(string Path, ulong Ino)>([("", FsLimits.RootInode)]);
        while (directories.TryDequeue(out (string Path, ulong Ino) directory))
        {
            var sink = new CollectingSink(PageSize, wantsAttributes: true);
            (await volume.ReadDirectoryAsync(Root, directory.Ino, 0, sink)).ShouldBe(FsError.None);
            foreach ((string name, _, InodeAttributes attributes) in sink.Entries.Where(entry => entry.Name is not ("." or "..")))
            {
                string path = $"{directory.Path}/{name}";
                if (ModeBits.IsDirectory(attributes.Mode))
                {
                    directories.Enqueue((path, attributes.Ino));
                    lines.Add(path, Directory);
                }
                else if (attributes.Size > MaxContent)
                {
                    lines.Add(path, Line([], attributes.Mode) + attributes.Size);
                }
                else
                {
                    FsResult<int> read = await volume.ReadAsync(Root, new FileSpan(attributes.Ino, 0, 0), buffer);
                    lines.Add(path, read.Ok ? await WithXattrsAsync(volume, attributes.Ino, Line(buffer.AsSpan(0, read.Value), attributes.Mode)) : $"{read.Error}");
                }
            }
        }

        return lines.ToImmutable();
    }

    private static async Task<string> WithXattrsAsync(Volume volume, ulong ino, string line)
    {
        byte[] names = new byte[FsLimits.MaxXattrList];
        byte[] value = new byte[FsLimits.MaxXattrValue];
        FsResult<int> listed = await volume.ListXattrsAsync(Root, ino, names);
        if (!listed.Ok)
        {
            return $"{line} {listed.Error}";
        }

        foreach (string name in Encoding.UTF8.GetString(names, 0, listed.Value).Split('\0', StringSplitOptions.RemoveEmptyEntries).Order(StringComparer.Ordinal))
        {
            FsResult<int> read = await volume.GetXattrAsync(Root, ino, Encoding.UTF8.GetBytes(name), value);
            line = read.Ok ? WithXattr(line, name, value.AsSpan(0, read.Value)) : $"{line} {name}: {read.Error}";
        }

        return line;
    }

    /// <summary>Where two states differ, for people.</summary>
    public static string Differences(ImmutableSortedDictionary<string, string> expected, ImmutableSortedDictionary<string, string> found)
    {
        var text = new StringBuilder();
        foreach (string path in expected.Keys.Union(found.Keys, StringComparer.Ordinal).Order(StringComparer.Ordinal))
        {
            string? should = expected.GetValueOrDefault(path);
            string? does = found.GetValueOrDefault(path);
            if (!string.Equals(should, does, StringComparison.Ordinal))
            {
                text.AppendLine(System.Globalization.CultureInfo.InvariantCulture, $"{path}: expected {should ?? "nothing"}, found {does ?? "nothing"}");
            }
        }

        return text.ToString();
    }
}
