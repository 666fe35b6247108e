using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>Each operation does at the exporter what it says.</summary>
public sealed class OperationTests
{
    [Fact]
    public async Task Names_and_attributes_are_the_hosts()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        RemoteNames names = new(pair);

        ulong directory = (await names.MakeAsync("d", ModeBits.Directory | 0x1ED)).Ino;
        InodeAttributes file = await names.MakeAsync("f", ModeBits.Regular | 0x1A4);
        (await pair.Files.LinkAsync(Me, file.Ino, directory, Name("hard"))).Value.LinkCount.ShouldBe(2U);
        (await pair.Files.MakeNodeAsync(Me, 1, Name("link"), new NewNode(ModeBits.Symlink | 0x1FF, 0, Name("d/hard")))).Ok.ShouldBeTrue();
        byte[] target = new byte[FsLimits.MaxSymlink];
        int length = (await pair.Files.ReadLinkAsync(Me, await pair.LookupAsync("link"), target)).Value;
        var changes = new AttributeChanges { Mask = AttributeMask.Mode | AttributeMask.ModifyTime, Mode = ModeBits.Regular | 0x180, ModifyTime = new Timestamp(1000, 5) };
        InodeAttributes changed = (await pair.Files.SetAttributesAsync(Me, file.Ino, changes)).Value;
        (await pair.Files.RenameAsync(Me, new DirectoryEntry(1, Name("f")), new DirectoryEntry(directory, Name("moved")), RenameFlags.NoReplace)).ShouldBe(FsError.None);
        (await pair.Files.UnlinkAsync(Me, directory, Name("hard"))).ShouldBe(FsError.None);
        (await pair.Files.RemoveDirectoryAsync(Me, 1, Name("d"))).ShouldBe(FsError.NotEmpty);

        Encoding.UTF8.GetString(target, 0, length).ShouldBe("d/hard");
        (changed.Mode, changed.ModifyTime).ShouldBe((ModeBits.Regular | 0x180, new Timestamp(1000, 5)));
        Directory.GetFileSystemEntries(pair.Path, "*", SearchOption.AllDirectories).Select(path => Path.GetRelativePath(pair.Path, path)).Order(StringComparer.Ordinal)
            .ShouldBe(["d", "d/moved", "link"]);
        (await pair.Files.GetStatisticsAsync(Me)).Value.Blocks.ShouldBeGreaterThan(0UL);
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Users_attributes_travel_and_others_are_not_there()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        ulong ino = (await pair.CreateAsync("f")).Attributes.Ino;
        byte[] buffer = new byte[100];

        (await pair.Files.SetXattrAsync(Me, ino, Name("user.a"), Name("value"), XattrFlags.Create)).ShouldBe(FsError.None);
        (await pair.Files.GetXattrAsync(Me, ino, Name("user.a"), default)).Value.ShouldBe(5);
        (await pair.Files.GetXattrAsync(Me, ino, Name("user.a"), buffer)).Value.ShouldBe(5);
        Encoding.UTF8.GetString(buffer, 0, 5).ShouldBe("value");
        (await pair.Files.GetXattrAsync(Me, ino, Name("user.a"), buffer.AsMemory(0, 2))).Error.ShouldBe(FsError.OutOfRange);
        (await pair.Files.ListXattrsAsync(Me, ino, buffer)).Value.ShouldBe(7);
        (await pair.Files.RemoveXattrAsync(Me, ino, Name("user.a"))).ShouldBe(FsError.None);
        (await pair.Files.GetXattrAsync(Me, ino, Name("user.a"), buffer)).Error.ShouldBe(FsError.NoData);
        long before = pair.Session.Calls;
        (await pair.Files.GetXattrAsync(Me, ino, Name("security.capability"), buffer)).Error.ShouldBe(FsError.NotSupported);
        pair.Session.Calls.ShouldBe(before);
    }

    [Fact]
    public async Task What_was_written_is_read_at_once_and_arrives_in_order_although_nothing_was_flushed()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        OpenedFile made = await pair.CreateAsync("f");
        ulong ino = made.Attributes.Ino;
        byte[] expected = new byte[700_000];
        var random = new Seeded(1);

        for (int i = 0; i < 300; i++)
        {
            int offset = random.Next(expected.Length - 20_000);
            byte[] part = random.Bytes(1 + random.Next(20_000));
            part.CopyTo(expected, offset);
            (await pair.Files.WriteAsync(Me, new FileSpan(ino, made.Handle, (ulong)offset), part, WriteFlags.None)).Value.ShouldBe(part.Length);
        }

        byte[] read = new byte[expected.Length];
        int length = (await pair.Files.ReadAsync(Me, new FileSpan(ino, made.Handle, 0), read)).Value;
        read.AsSpan(0, length).SequenceEqual(expected.AsSpan(0, length)).ShouldBeTrue();
        expected.AsSpan(length).ContainsAnyExcept((byte)0).ShouldBeFalse();
        File.ReadAllBytes(Path.Combine(pair.Path, "f")).AsSpan().SequenceEqual(expected.AsSpan(0, length)).ShouldBeTrue();
    }

    [Fact]
    public async Task While_writes_are_on_their_way_the_file_is_told_no_shorter_than_they_make_it()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        OpenedFile made = await pair.CreateAsync("f");

        (await pair.Files.WriteAsync(Me, new FileSpan(made.Attributes.Ino, made.Handle, 0), new byte[5000], WriteFlags.None)).Value.ShouldBe(5000);

        (await pair.Files.LookupAsync(Me, 1, Name("f"))).Value.Size.ShouldBe(5000UL);
        var sink = new CollectingSink(entriesAtOnce: 10);
        await sink.ReadAllAsync(pair.Files, FsLimits.RootInode);
        sink.Names["f"].Size.ShouldBe(5000UL);
        (await pair.Files.GetAttributesAsync(Me, made.Attributes.Ino)).Value.Size.ShouldBe(5000UL);
    }

    [Fact]
    public async Task A_write_that_fails_at_the_exporter_is_told_by_the_close()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        ulong ino = await pair.LookupAsync("f");
        ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Value;

        (await pair.Files.WriteAsync(Me, new FileSpan(ino, handle, 0), new byte[10], WriteFlags.None)).Value.ShouldBe(10);

        (await pair.Files.FlushAsync(Me, ino, handle)).ShouldBe(FsError.BadHandle);
        (await pair.Files.FlushAsync(Me, ino, handle)).ShouldBe(FsError.None, "A failure is told once.");
        File.ReadAllText(Path.Combine(pair.Path, "f")).ShouldBe("content");
    }

    [Fact]
    public async Task Inodes_that_nobody_needs_are_given_back()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        for (int i = 0; i < 3000; i++)
        {
            await File.WriteAllTextAsync(Path.Combine(pair.Path, $"f{i}"), string.Empty, TestContext.Current.CancellationToken);
        }

        for (int i = 0; i < 3000; i++)
        {
            pair.Files.Forget(await pair.LookupAsync($"f{i}"));
        }

        await pair.SettleAsync();
        await pair.OutlastAsync(); // Listings are kept for so long, and their inodes with them.
        for (int i = 0; i < 100 && pair.Files.KnownDirectories > 0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        pair.Files.KnownInodes.ShouldBeLessThan(1100);
        (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode)).Ok.ShouldBeTrue();
        (await pair.Files.LookupAsync(Me, 1, Name("f0"))).Ok.ShouldBeTrue();
    }
}
