using System.Text;
using Tessera.Core.FileSystem;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests.Harness;

/// <summary>Goes through a tree as find(1) and grep(1) do, and never asks before what was asked for ahead has come: what it waits for is what nobody foresaw.</summary>
internal sealed class Walk(WirePair pair)
{
    public int Directories { get; private set; }

    /// <summary>Of each regular file, by its path.</summary>
    public Dictionary<string, string> Contents { get; } = new(StringComparer.Ordinal);

    public async Task ThroughAsync(ulong directory, string path, bool reads)
    {
        Directories++;
        await pair.SettleAsync();
        var sink = new CollectingSink(entriesAtOnce: 50);
        await sink.ReadAllAsync(pair.Files, directory);
        foreach ((string name, InodeAttributes attributes) in sink.Names)
        {
            if (name is "." or "..")
            {
                continue;
            }

            await pair.SettleAsync();
            if (ModeBits.IsDirectory(attributes.Mode))
            {
                await ThroughAsync(attributes.Ino, $"{path}/{name}", reads);
            }
            else if (reads)
            {
                Contents.Add($"{path}/{name}", await ReadAsync(attributes.Ino));
            }
        }
    }

    public async Task<string> ReadAsync(ulong ino)
    {
        FsResult<ulong> opened = await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly);
        opened.Error.ShouldBe(FsError.None);
        byte[] buffer = new byte[100_000];
        FsResult<int> read = await pair.Files.ReadAsync(Me, new FileSpan(ino, opened.Value, 0), buffer);
        read.Error.ShouldBe(FsError.None);
        (await pair.Files.ReleaseAsync(ino, opened.Value)).ShouldBe(FsError.None);
        return Encoding.UTF8.GetString(buffer, 0, read.Value);
    }
}
