using Tessera.Core.FileSystem;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>A file that was made here is known here until it is closed: who reads back what he has written, as assemblers and archivers do, does not wait.</summary>
public sealed class OpenMadeFileTests
{
    private const int Seed = 20261122;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task What_is_written_is_read_back_without_asking(bool exclusive)
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();

        long before = pair.RoundTrips;
        FileSpan span = await MakeAsync(pair, exclusive ? OpenFlags.Exclusive : OpenFlags.Truncate);
        byte[] buffer = new byte[4096];
        for (int i = 1; i <= 5; i++)
        {
            (await pair.Files.WriteAsync(Me, span with { Offset = (ulong)(100 * i) }, "abc"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(3);
            InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value;
            (told.IsProvisional, told.Size).ShouldBe((true, (ulong)((100 * i) + 3)));
            (await pair.Files.ReadAsync(Me, span, buffer)).Value.ShouldBe((100 * i) + 3);
            buffer.AsSpan(100 * i, 3).ToArray().ShouldBe("abc"u8.ToArray());
        }

        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
        (pair.RoundTrips - before).ShouldBe(2, "The making, and the closing with all five pieces.");
        await pair.Files.ReleaseAsync(span.Ino, span.Handle);

        InodeAttributes asked = (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value;
        (asked.IsProvisional, asked.Size).ShouldBe((false, 503UL));
        File.ReadAllBytes(Path.Combine(pair.Path, "f")).ShouldBe(buffer[..503]);
    }

    [Fact]
    public async Task Reads_writes_and_cuts_in_any_order_agree_with_a_model()
    {
        const int Files = 40;
        const int Steps = 40;
        const int Most = 90_000; // Longer than what is kept.
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        var random = new Random(Seed);
        for (int number = 0; number < Files; number++)
        {
            byte[] model = [];
            FileSpan span = await MakeAsync(pair, number % 2 == 0 ? OpenFlags.Exclusive : OpenFlags.ReadWrite);
            for (int step = 0; step < Steps; step++)
            {
                string what = $"seed {Seed}, file {number}, step {step}";
                int offset = random.Next(random.Next(4) == 0 ? Most : 9000);
                switch (random.Next(12))
                {
                    case < 5:
                        byte[] bytes = new byte[random.Next(1, 5000)];
                        random.NextBytes(bytes);
                        Array.Resize(ref model, Math.Max(model.Length, offset + bytes.Length));
                        bytes.CopyTo(model, offset);
                        (await pair.Files.WriteAsync(Me, span with { Offset = (ulong)offset }, bytes, random.Next(8) == 0 ? WriteFlags.DataSync : WriteFlags.None)).Value.ShouldBe(bytes.Length, what);
                        break;
                    case < 9:
                        byte[] buffer = new byte[random.Next(1, 9000)];
                        int expected = Math.Clamp(model.Length - offset, 0, buffer.Length);
                        (await pair.Files.ReadAsync(Me, span with { Offset = (ulong)offset }, buffer)).Value.ShouldBe(expected, what);
                        buffer.AsSpan(0, expected).SequenceEqual(model.AsSpan(Math.Min(offset, model.Length), expected)).ShouldBeTrue(what);
                        break;
                    case 9:
                        (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value.Size.ShouldBe((ulong)model.Length, what);
                        break;
                    case 10 when random.Next(3) == 0:
                        Array.Resize(ref model, random.Next(Most));
                        var cut = new AttributeChanges { Mask = AttributeMask.Size, Size = (ulong)model.Length };
                        (await pair.Files.SetAttributesAsync(Me, span.Ino, cut)).Ok.ShouldBeTrue(what);
                        break;
                    case 11 when random.Next(3) == 0:
                        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None, what);
                        break;
                    default:
                        break;
                }
            }

            (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
            await pair.Files.ReleaseAsync(span.Ino, span.Handle);
            File.ReadAllBytes(Path.Combine(pair.Path, "f")).SequenceEqual(model).ShouldBeTrue($"seed {Seed}, file {number}");
            (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("f"))).ShouldBe(FsError.None);
        }
    }

    [Fact]
    public async Task A_file_that_was_made_here_is_found_dated_and_read_after_its_close_without_asking()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        await ListAsync(pair);
        FileSpan span = await MakeAsync(pair, OpenFlags.Truncate);
        (await pair.Files.WriteAsync(Me, span with { Offset = 4 }, "tail"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(4);
        (await pair.Files.WriteAsync(Me, span, "head"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(4);
        long before = pair.RoundTrips;
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
        (pair.RoundTrips - before).ShouldBe(1, "The head was written after the tail, and both went with the close.");
        await pair.Files.ReleaseAsync(span.Ino, span.Handle);
        await pair.SettleAsync();

        before = pair.RoundTrips;
        InodeAttributes found = (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Value;
        InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value;
        ulong handle = (await pair.Files.OpenAsync(Me, span.Ino, OpenFlags.ReadOnly)).Value;
        byte[] buffer = new byte[100];
        int count = (await pair.Files.ReadAsync(Me, new FileSpan(span.Ino, handle, 0), buffer)).Value;

        (pair.RoundTrips - before).ShouldBe(0);
        buffer[..count].ShouldBe("headtail"u8.ToArray());
        (found.Ino, found.Size, told.Size, told.IsProvisional).ShouldBe((span.Ino, 8UL, 8UL, false));
        told.ModifyTime.ShouldBe(found.ModifyTime);
        File.ReadAllText(Path.Combine(pair.Path, "f")).ShouldBe("headtail");
        await pair.Files.ReleaseAsync(span.Ino, handle);
    }

    [Fact]
    public async Task What_was_known_of_a_closed_file_goes_with_each_change_of_it()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        await ListAsync(pair);
        (string What, Func<FileSpan, Task> Change)[] changes =
        [
            ("write", async span => (await pair.Files.WriteAsync(Me, span, "W"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(1)),
            ("cut", async span => (await pair.Files.SetAttributesAsync(Me, span.Ino, new AttributeChanges { Mask = AttributeMask.Size, Size = 2 })).Ok.ShouldBeTrue()),
            ("chmod", async span => (await pair.Files.SetAttributesAsync(Me, span.Ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x180 })).Ok.ShouldBeTrue()),
            ("link", async span => (await pair.Files.LinkAsync(Me, span.Ino, FsLimits.RootInode, Name("g"))).Ok.ShouldBeTrue()),
            ("unlink", async _ => (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("g"))).ShouldBe(FsError.None)),
            ("allocate", async span => (await pair.Files.AllocateAsync(Me, span, 100, AllocateModes.None)).ShouldBe(FsError.None)),
        ];
        FileSpan span = await MakeAsync(pair, OpenFlags.Exclusive);
        foreach ((string what, Func<FileSpan, Task> change) in changes)
        {
            (await pair.Files.WriteAsync(Me, span, "abc"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(3);
            (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
            (await pair.Files.GetAttributesAsync(Me, span.Ino)).Ok.ShouldBeTrue();

            await change(span);
            InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value;

            var host = new FileInfo(Path.Combine(pair.Path, "f"));
            told.Size.ShouldBe((ulong)host.Length, what);
            (told.Mode & 0x1FF).ShouldBe((uint)File.GetUnixFileMode(host.FullName), what);
            told.LinkCount.ShouldBe(File.Exists(Path.Combine(pair.Path, "g")) ? 2u : 1u, what);
            byte[] buffer = new byte[200];
            int count = (await pair.Files.ReadAsync(Me, span, buffer)).Value;
            buffer[..count].ShouldBe(File.ReadAllBytes(host.FullName), what);
        }
    }

    [Fact]
    public async Task A_name_that_was_made_here_and_then_taken_or_given_to_another_file_is_not_found_as_it_was()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        await ListAsync(pair);
        ulong first = (await ClosedAsync(pair, "a")).Ino;
        ulong second = (await ClosedAsync(pair, "b")).Ino;
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("a"))).Value.Ino.ShouldBe(first);

        (await pair.Files.RenameAsync(Me, new DirectoryEntry(FsLimits.RootInode, Name("b")), new DirectoryEntry(FsLimits.RootInode, Name("a")), RenameFlags.None)).ShouldBe(FsError.None);

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("a"))).Value.Ino.ShouldBe(second);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("b"))).Error.ShouldBe(FsError.NotFound);
        (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("a"))).ShouldBe(FsError.None);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("a"))).Error.ShouldBe(FsError.NotFound);
        ulong third = (await ClosedAsync(pair, "a")).Ino;
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("a"))).Value.Ino.ShouldBe(third);
    }

    [Fact]
    public async Task Of_a_file_that_was_there_the_exporter_is_asked()
    {
        await using var pair = new WirePair();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        var span = new FileSpan(ino, (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadWrite)).Value, 0);
        byte[] buffer = new byte[100];

        (await pair.Files.WriteAsync(Me, span, "C"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(1);

        (await pair.Files.ReadAsync(Me, span, buffer)).Value.ShouldBe(7);
        buffer[..7].ShouldBe("Content"u8.ToArray());
    }

    [Fact]
    public async Task A_directorys_attributes_come_with_what_changes_it()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        (string What, Func<Task> Change)[] changes =
        [
            ("create", async () => await pair.CreateAsync("a")),
            ("mkdir", async () => (await pair.Files.MakeNodeAsync(Me, FsLimits.RootInode, Name("d"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Ok.ShouldBeTrue()),
            ("rename", async () => (await pair.Files.RenameAsync(
                Me, new DirectoryEntry(FsLimits.RootInode, Name("a")), new DirectoryEntry(FsLimits.RootInode, Name("b")), RenameFlags.None)).ShouldBe(FsError.None)),
            ("link", async () => (await pair.Files.LinkAsync(Me, await pair.LookupAsync("b"), FsLimits.RootInode, Name("c"))).Ok.ShouldBeTrue()),
            ("unlink", async () => (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name("b"))).ShouldBe(FsError.None)),
            ("rmdir", async () => (await pair.Files.RemoveDirectoryAsync(Me, FsLimits.RootInode, Name("d"))).ShouldBe(FsError.None)),
        ];
        foreach ((string what, Func<Task> change) in changes)
        {
            await change();
            await pair.SettleAsync();

            long before = pair.RoundTrips;
            InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode)).Value;

            (pair.RoundTrips - before).ShouldBe(0, what);
            await pair.OutlastAsync();
            InodeAttributes asked = (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode)).Value;
            (pair.RoundTrips - before).ShouldBe(1, what);
            (told.ModifyTime, told.ChangeTime, told.LinkCount, told.Change).ShouldBe((asked.ModifyTime, asked.ChangeTime, asked.LinkCount, asked.Change), what);
        }
    }

    /// <summary>Two changes at once: an answer may be from before the other was done.</summary>
    [Fact]
    public async Task After_changes_at_once_a_directory_is_as_the_last_left_it()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        for (int round = 0; round < 50; round++)
        {
            await Task.WhenAll(Enumerable.Range(0, 4).Select(i => Task.Run(() => pair.CreateAsync($"{round}-{i}"))));
            InodeAttributes told = (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode)).Value;
            var changed = new DateTimeOffset(Directory.GetLastWriteTimeUtc(pair.Path));
            told.ModifyTime.Seconds.ShouldBe(changed.ToUnixTimeSeconds());
            (told.ModifyTime.Nanoseconds / 100).ShouldBe((uint)(changed.Ticks % TimeSpan.TicksPerSecond), $"round {round}");
        }
    }

    /// <summary>The root's listing comes with the first lookup in it.</summary>
    private static async Task ListAsync(WirePair pair)
    {
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("nothing"))).Error.ShouldBe(FsError.NotFound);
        await pair.SettleAsync();
    }

    private static async Task<FileSpan> ClosedAsync(WirePair pair, string name)
    {
        FileSpan span = await MakeAsync(pair, OpenFlags.Exclusive, name);
        (await pair.Files.WriteAsync(Me, span, "abc"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(3);
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
        await pair.Files.ReleaseAsync(span.Ino, span.Handle);
        return span;
    }

    private static async Task<FileSpan> MakeAsync(WirePair pair, OpenFlags flags, string name = "f")
    {
        FsResult<OpenedFile> result = await pair.Files.CreateAsync(Me, FsLimits.RootInode, Name(name), 0x1A4, OpenFlags.ReadWrite | flags);
        result.Error.ShouldBe(FsError.None);
        OpenedFile made = result.Value;
        return new FileSpan(made.Attributes.Ino, made.Handle, 0);
    }
}
