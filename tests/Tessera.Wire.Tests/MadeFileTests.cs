using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>A file that this end makes takes its mode and times with what is written to it, as tar(1) and cp(1) give them: they are there when it is closed.</summary>
public sealed class MadeFileTests
{
    private static readonly AttributeChanges Changes = new()
    {
        Mask = AttributeMask.Mode | AttributeMask.AccessTime | AttributeMask.ModifyTime,
        Mode = ModeBits.Regular | 0x1C0,
        AccessTime = new Timestamp(1_000, 1),
        ModifyTime = new Timestamp(2_000, 0),
    };

    [Fact]
    public async Task A_file_unpacked_with_its_mode_and_times_is_two_round_trips()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();

        long before = pair.RoundTrips;
        FileSpan span = await MakeAsync(pair);
        InodeAttributes told = (await pair.Files.SetAttributesAsync(Me, span.Ino, Changes)).Value;
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);

        (pair.RoundTrips - before).ShouldBe(2);
        told.IsProvisional.ShouldBeTrue("Its change time is not known yet.");
        (told.Mode, told.ModifyTime, told.Size).ShouldBe((ModeBits.Regular | 0x1C0, new Timestamp(2_000, 0), 7UL));
        Check(pair, "content");
    }

    [Fact]
    public async Task Who_asks_before_it_is_closed_is_told_the_hosts_attributes()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        FileSpan span = await MakeAsync(pair);
        (await pair.Files.SetAttributesAsync(Me, span.Ino, Changes)).Ok.ShouldBeTrue();

        InodeAttributes looked = (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("f"))).Value;
        (looked.Mode, looked.ModifyTime, looked.Size).ShouldBe((ModeBits.Regular | 0x1C0, new Timestamp(2_000, 0), 7UL));
        InodeAttributes asked = (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value;

        asked.IsProvisional.ShouldBeFalse();
        (asked.Mode, asked.ModifyTime, asked.Size).ShouldBe((ModeBits.Regular | 0x1C0, new Timestamp(2_000, 0), 7UL));
        Check(pair, "content");
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);
    }

    [Fact]
    public async Task A_write_after_them_changes_the_times_again()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        FileSpan span = await MakeAsync(pair);
        (await pair.Files.SetAttributesAsync(Me, span.Ino, Changes)).Ok.ShouldBeTrue();
        (await pair.Files.WriteAsync(Me, span with { Offset = 7 }, "more"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(4);
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);

        var file = new FileInfo(Path.Combine(pair.Path, "f"));
        File.ReadAllText(file.FullName).ShouldBe("contentmore");
        file.LastWriteTimeUtc.Year.ShouldBeGreaterThan(2000);
        (await pair.Files.GetAttributesAsync(Me, span.Ino)).Value.Mode.ShouldBe(ModeBits.Regular | 0x1C0);
    }

    [Fact]
    public async Task What_is_not_closed_gets_them_within_a_moment()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        FileSpan span = await MakeAsync(pair);
        (await pair.Files.SetAttributesAsync(Me, span.Ino, Changes)).Ok.ShouldBeTrue();

        for (int i = 0; i < 100 && File.GetUnixFileMode(Path.Combine(pair.Path, "f")) != (UnixFileMode)0x1C0; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        Check(pair, "content");
    }

    [Fact]
    public async Task Of_a_file_that_was_there_they_are_asked_for_at_once()
    {
        await using var pair = new WirePair();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadWrite)).Value;

        InodeAttributes told = (await pair.Files.SetAttributesAsync(Me, ino, Changes)).Value;

        told.IsProvisional.ShouldBeFalse();
        Check(pair, "content");
        await pair.Files.ReleaseAsync(ino, handle);
    }

    [Fact]
    public async Task What_cannot_be_changed_is_told_by_the_close()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync(toExporter: Spoil);
        FileSpan span = await MakeAsync(pair);
        (await pair.Files.SetAttributesAsync(Me, span.Ino, Changes)).Ok.ShouldBeTrue();

        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.BadHandle);

        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None, "A failure is told once.");
        File.ReadAllText(Path.Combine(pair.Path, "f")).ShouldBe("content");
    }

    /// <summary>Makes every SETATTR one that the exporter refuses.</summary>
    private static byte[] Spoil(byte[] frame)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Request)
        {
            return frame;
        }

        var steps = new Step[header.Steps];
        int position = RequestBody.FirstStep;
        for (int i = 0; i < steps.Length; i++)
        {
            StepCodec.TryRead(frame, ref position, ref steps[i]).ShouldBeTrue();
            if (steps[i].Operation == OpCode.SetAttributes)
            {
                steps[i].Changes = steps[i].Changes with { Handle = 12_345 };
            }
        }

        return Stranger.Request(RequestId.Decode(header.Id), steps);
    }

    private static async Task<FileSpan> MakeAsync(WirePair pair)
    {
        OpenedFile made = await pair.CreateAsync("f");
        var span = new FileSpan(made.Attributes.Ino, made.Handle, 0);
        (await pair.Files.WriteAsync(Me, span, "content"u8.ToArray(), WriteFlags.None)).Value.ShouldBe(7);
        return span;
    }

    private static void Check(WirePair pair, string content)
    {
        var file = new FileInfo(Path.Combine(pair.Path, "f"));
        (File.ReadAllText(file.FullName), file.UnixFileMode, file.LastWriteTimeUtc).ShouldBe((content, (UnixFileMode)0x1C0, DateTime.UnixEpoch.AddSeconds(2_000)));
    }
}
