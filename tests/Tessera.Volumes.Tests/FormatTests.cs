using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Testing.Stores;

namespace Tessera.Volumes.Tests;

/// <summary>The worked bytes of docs/format/volume.md: a volume must always be written so, or the format has changed.</summary>
public sealed class FormatTests
{
    [Fact]
    public async Task Small_volume_has_the_bytes_the_document_shows()
    {
        MemoryVolumeStore store = new();
        Caller caller = new(1000, 100, 0, Door.Internal, KernelChecked: true);
        await Volume.FormatAsync(store, new StoppedClock(), caller);
        Volume volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, new StoppedClock());
        InodeAttributes file = (await volume.MakeNodeAsync(caller, 1, "Hi.txt"u8.ToArray(), new NewNode(ModeBits.Regular | 0x1A4, 0, default))).Value;
        await volume.WriteAsync(caller, new FileSpan(file.Ino, 0, 0), "hello\n"u8.ToArray(), WriteFlags.None);
        await volume.SetXattrAsync(caller, file.Ino, "user.k"u8.ToArray(), "v"u8.ToArray(), XattrFlags.None);
        await volume.MakeNodeAsync(caller, 1, "l"u8.ToArray(), new NewNode(ModeBits.Symlink | 0x1FF, 0, "Hi.txt"u8.ToArray()));
        await volume.CloseAsync();

        string document = await File.ReadAllTextAsync(FindDocument(), TestContext.Current.CancellationToken);
        string written = WorkedBytes(document);
        foreach ((byte[] key, byte[] value) in store.GetEntries())
        {
            written.ShouldContain(Convert.ToHexStringLower(key), Case.Sensitive);
            written.ShouldContain(Convert.ToHexStringLower(value), Case.Sensitive);
        }
    }

    /// <summary>The bytes of the document's blocks marked "hex", without spaces and without the remarks after a semicolon.</summary>
    private static string WorkedBytes(string document)
    {
        string[] blocks = [.. document.Split("```").Where(block => block.StartsWith("hex\n", StringComparison.Ordinal))];
        IEnumerable<string> lines = blocks.SelectMany(block => block["hex\n".Length..].Split('\n'));
        return string.Concat(lines.Select(line => line.Split(';')[0].Replace(" ", string.Empty, StringComparison.Ordinal)));
    }

    private static string FindDocument()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Tessera.slnx")))
        {
            directory = directory.Parent;
        }

        return Path.Combine(directory.ShouldNotBeNull().FullName, "docs", "format", "volume.md");
    }

    private sealed class StoppedClock : IClock
    {
        public Timestamp Now => new(1_800_000_000, 5);
    }
}
