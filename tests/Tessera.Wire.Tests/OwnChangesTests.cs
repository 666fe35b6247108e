using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>What this end does is seen by it at once and exactly, however much it knows ahead and however long that is believed: after each change, lookups, listings and
/// contents are the host's.</summary>
public sealed class OwnChangesTests
{
    private const int Steps = 400;
    private const int Names = 12;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task After_each_change_names_attributes_and_contents_are_the_hosts(int seed)
    {
        await using var pair = new WirePair(freshness: TimeSpan.FromMinutes(5));
        var random = new Seeded((ulong)seed);
        await pair.ConnectAsync();
        ulong[] directories = [FsLimits.RootInode, (await new RemoteNames(pair).MakeAsync("sub", ModeBits.Directory | 0x1ED)).Ino];
        string[] paths = [pair.Path, Path.Combine(pair.Path, "sub")];

        for (int i = 0; i < Steps; i++)
        {
            int at = random.Next(2), to = random.Next(2);
            string name = $"n{random.Next(Names)}", other = $"n{random.Next(Names)}";
            string done = await ChangeAsync(random, directories[at], name, directories[to], other);
            for (int j = 0; j < 2; j++)
            {
                await CompareAsync(directories[j], paths[j], $"n{random.Next(Names)}", $"seed {seed}, step {i}: {done}");
            }

            if (random.OneIn(8))
            {
                await CompareListingAsync(directories[at], paths[at], $"seed {seed}, step {i}: {done}");
            }
        }

        pair.Faults.ShouldBeEmpty();

        async Task<string> ChangeAsync(Seeded draw, ulong directory, string from, ulong target, string into)
        {
            byte[] first = Name(from), second = Name(into);
            switch (draw.Next(8))
            {
                case 0:
                    FsError renamed = await pair.Files.RenameAsync(Me, new DirectoryEntry(directory, first), new DirectoryEntry(target, second), RenameFlags.None);
                    return $"rename {from} {into}: {renamed}";
                case 1:
                    return $"unlink {from}: {await pair.Files.UnlinkAsync(Me, directory, first)}";
                case 2:
                    FsResult<InodeAttributes> source = await pair.Files.LookupAsync(Me, directory, first);
                    return $"link {from} {into}: {(source.Ok ? (await pair.Files.LinkAsync(Me, source.Value.Ino, target, second)).Error : source.Error)}";
                case 3:
                    FsResult<InodeAttributes> changing = await pair.Files.LookupAsync(Me, directory, first);
                    var changes = new AttributeChanges { Mask = AttributeMask.Mode | AttributeMask.ModifyTime, Mode = ModeBits.Regular | 0x180, ModifyTime = new Timestamp(draw.Next(1000), 0) };
                    return $"change {from}: {(changing.Ok ? (await pair.Files.SetAttributesAsync(Me, changing.Value.Ino, changes)).Error : changing.Error)}";
                default:
                    return $"write {from}: {await WriteAsync(draw, directory, first)}";
            }
        }

        async Task<FsError> WriteAsync(Seeded draw, ulong directory, byte[] name)
        {
            // As the kernel does: it opens what it has found, and makes what it has not.
            FsResult<InodeAttributes> found = await pair.Files.LookupAsync(Me, directory, name);
            ulong ino = found.Value.Ino;
            ulong handle = 0;
            if (found.Ok)
            {
                FsResult<ulong> opened = await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadWrite | (draw.OneIn(2) ? OpenFlags.Truncate : OpenFlags.ReadOnly));
                opened.Error.ShouldBe(FsError.None);
                handle = opened.Value;
            }
            else
            {
                FsResult<OpenedFile> made = await pair.Files.CreateAsync(Me, directory, name, 0x1A4, OpenFlags.ReadWrite | (draw.OneIn(2) ? OpenFlags.Exclusive : OpenFlags.ReadOnly));
                made.Error.ShouldBe(FsError.None);
                (ino, handle) = (made.Value.Attributes.Ino, made.Value.Handle);
            }

            byte[] content = draw.Bytes(1 + draw.Next(200));
            (await pair.Files.WriteAsync(Me, new FileSpan(ino, handle, (ulong)draw.Next(50)), content, WriteFlags.None)).Ok.ShouldBeTrue();
            FsError flushed = await pair.Files.FlushAsync(Me, ino, handle);
            await pair.Files.ReleaseAsync(ino, handle);
            return flushed;
        }

        async Task CompareAsync(ulong directory, string path, string name, string when)
        {
            FsResult<InodeAttributes> found = await pair.Files.LookupAsync(Me, directory, Name(name));
            var file = new FileInfo(Path.Combine(path, name));
            found.Ok.ShouldBe(file.Exists, $"{when}; {name}");
            if (found.Ok)
            {
                InodeAttributes asked = (await pair.Files.GetAttributesAsync(Me, found.Value.Ino)).Value;
                Lasting(found.Value).ShouldBe(Lasting(asked), $"{when}; {name}");
                (await new Walk(pair).ReadAsync(found.Value.Ino)).ShouldBe(await File.ReadAllTextAsync(file.FullName, Encoding.UTF8), customMessage: $"{when}; {name}");
            }
        }

        async Task CompareListingAsync(ulong directory, string path, string when)
        {
            var sink = new CollectingSink(entriesAtOnce: 1000);
            await sink.ReadAllAsync(pair.Files, directory);
            string[] there = [.. Directory.GetFileSystemEntries(path).Select(one => Path.GetFileName(one)!).Order(StringComparer.Ordinal)];
            sink.Names.Keys.Where(one => one is not ("." or "..")).Order(StringComparer.Ordinal).SequenceEqual(there, StringComparer.Ordinal).ShouldBeTrue(when);
            foreach ((string name, InodeAttributes listed) in sink.Names)
            {
                if (listed.Ino != 0)
                {
                    FsResult<InodeAttributes> asked = await pair.Files.GetAttributesAsync(Me, listed.Ino);
                    Lasting(listed).ShouldBe(Lasting(asked.Value), $"{when}; {name}");
                }
            }
        }
    }

    /// <summary>Without what changes by itself: reading marks the access, and the host finds room for what was written in its own time.</summary>
    private static InodeAttributes Lasting(in InodeAttributes attributes) => attributes with { AccessTime = default, Blocks = 0 };
}
