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

    public static string Line(ReadOnlySpan<byte> content, uint mode) => $"{Convert.ToString(mode, 8)} {content.Length} {Convert.ToHexString(SHA256.HashData(content).AsSpan(0, 6))}";

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
                    lines.Add(path, "directory");
                }
                else if (attributes.Size > MaxContent)
                {
                    lines.Add(path, Line([], attributes.Mode) + attributes.Size);
                }
                else
                {
                    FsResult<int> read = await volume.ReadAsync(Root, new FileSpan(attributes.Ino, 0, 0), buffer);
                    lines.Add(path, read.Ok ? Line(buffer.AsSpan(0, read.Value), attributes.Mode) : $"{read.Error}");
                }
            }
        }

        return lines.ToImmutable();
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
