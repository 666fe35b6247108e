using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>What is written to several places of a file, as assemblers and linkers write sections, goes with its close.</summary>
public sealed class ScatteredWriteTests
{
    private const int Gap = 10_000;

    [Theory]
    [InlineData(2, 2)]
    [InlineData(5, 2)]
    [InlineData(6, 3)]
    [InlineData(17, 5)]
    public async Task Pieces_with_gaps_between_them_are_few_requests(int pieces, int requests)
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();

        long before = pair.RoundTrips;
        (FileSpan span, byte[] expected) = await WriteAsync(pair, pieces);
        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None);

        (pair.RoundTrips - before).ShouldBe(requests, "The making, and one for each five pieces, the last of them with the close.");
        File.ReadAllBytes(Path.Combine(pair.Path, "f")).ShouldBe(expected);
    }

    /// <summary>As as(1) of binutils writes an object file: sections, symbols and the head in the end.</summary>
    [Fact]
    public async Task Pieces_that_come_to_touch_each_other_are_one()
    {
        (int At, int Length)[] writes = [(1688, 119), (64, 405), (472, 664), (1808, 480), (1136, 552), (2288, 84), (0, 64), (2376, 704)];
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        OpenedFile made = await pair.CreateAsync("f");
        byte[] expected = new byte[3080];

        long before = pair.RoundTrips;
        for (int i = 0; i < writes.Length; i++)
        {
            expected.AsSpan(writes[i].At, writes[i].Length).Fill((byte)(i + 1));
            var span = new FileSpan(made.Attributes.Ino, made.Handle, (ulong)writes[i].At);
            (await pair.Files.WriteAsync(Me, span, expected.AsMemory(writes[i].At, writes[i].Length), WriteFlags.None)).Ok.ShouldBeTrue();
        }

        (await pair.Files.FlushAsync(Me, made.Attributes.Ino, made.Handle)).ShouldBe(FsError.None);

        (pair.RoundTrips - before).ShouldBe(1);
        File.ReadAllBytes(Path.Combine(pair.Path, "f")).ShouldBe(expected);
    }

    [Fact]
    public async Task Pieces_over_each_other_are_as_the_last_write_left_them()
    {
        await using var pair = new WirePair();
        File.WriteAllBytes(Path.Combine(pair.Path, "f"), new byte[3 * Gap]);
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        var span = new FileSpan(ino, (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadWrite)).Value, 0);
        byte[] expected = new byte[3 * Gap];
        var random = new Seeded(3);
        for (int i = 1; i <= 200; i++)
        {
            byte[] bytes = new byte[random.Next(4000) + 1];
            bytes.AsSpan().Fill((byte)i);
            int at = random.Next(expected.Length - bytes.Length);
            bytes.CopyTo(expected, at);
            (await pair.Files.WriteAsync(Me, span with { Offset = (ulong)at }, bytes, WriteFlags.None)).Value.ShouldBe(bytes.Length);
        }

        (await pair.Files.FlushAsync(Me, ino, span.Handle)).ShouldBe(FsError.None);

        File.ReadAllBytes(Path.Combine(pair.Path, "f")).ShouldBe(expected);
        await pair.Files.ReleaseAsync(ino, span.Handle);
    }

    [Fact]
    public async Task What_is_not_closed_arrives_within_a_moment()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync();
        (_, byte[] expected) = await WriteAsync(pair, 4);

        string path = Path.Combine(pair.Path, "f");
        for (int i = 0; i < 100 && new FileInfo(path).Length < expected.Length; i++)
        {
            await Task.Delay(50, TestContext.Current.CancellationToken);
        }

        File.ReadAllBytes(path).ShouldBe(expected);
    }

    /// <summary>One piece of several: those before it are there.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task A_piece_that_cannot_be_written_is_told_by_the_close_once(int failing)
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync(toExporter: frame => Spoil(frame, failing));
        (FileSpan span, byte[] expected) = await WriteAsync(pair, 4);

        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.BadHandle);

        (await pair.Files.FlushAsync(Me, span.Ino, span.Handle)).ShouldBe(FsError.None, "A failure is told once.");
        byte[] there = File.ReadAllBytes(Path.Combine(pair.Path, "f"));
        there.ShouldBe(expected[..there.Length]);
        there.Length.ShouldBe(failing == 0 ? 0 : ((failing - 1) * Gap) + failing);
    }

    [Fact]
    public async Task Pieces_whose_reply_was_lost_are_not_written_again()
    {
        await using var pair = new WirePair();
        var lost = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        await pair.ConnectAsync(toImporter: frame => IsReplyToWrite(frame) && lost.TrySetResult() ? throw new IOException("Cut.") : frame);
        (FileSpan span, byte[] expected) = await WriteAsync(pair, 4);

        Task<FsError> closing = pair.Files.FlushAsync(Me, span.Ino, span.Handle).AsTask();
        await lost.Task;
        string path = Path.Combine(pair.Path, "f");
        File.ReadAllBytes(path).ShouldBe(expected);
        File.WriteAllText(path, "written at the other end since then");
        closing.IsCompleted.ShouldBeFalse();
        await pair.ConnectAsync();

        (await closing).ShouldBe(FsError.None);
        File.ReadAllText(path).ShouldBe("written at the other end since then");
    }

    private static bool IsReplyToWrite(byte[] frame) =>
        FrameHeader.TryRead(frame, out FrameHeader header) && header.Type == FrameType.Reply && frame[FrameHeader.Size] == (byte)OpCode.Write;

    /// <summary>Makes one WRITE of each request one that the exporter refuses.</summary>
    private static byte[] Spoil(byte[] frame, int failing)
    {
        if (!FrameHeader.TryRead(frame, out FrameHeader header) || header.Type != FrameType.Request)
        {
            return frame;
        }

        var steps = new Step[header.Steps];
        int position = RequestBody.FirstStep;
        for (int i = 0, writes = 0; i < steps.Length; i++)
        {
            StepCodec.TryRead(frame, ref position, ref steps[i]).ShouldBeTrue();
            if (steps[i].Operation == OpCode.Write && writes++ == failing)
            {
                steps[i].Handle = 12_345;
            }
        }

        return Stranger.Request(RequestId.Decode(header.Id), steps);
    }

    /// <summary>Piece i has i + 1 bytes.</summary>
    private static async Task<(FileSpan Span, byte[] Expected)> WriteAsync(WirePair pair, int pieces)
    {
        OpenedFile made = await pair.CreateAsync("f");
        var span = new FileSpan(made.Attributes.Ino, made.Handle, 0);
        byte[] expected = new byte[((pieces - 1) * Gap) + pieces];
        for (int i = 0; i < pieces; i++)
        {
            byte[] bytes = new byte[i + 1];
            bytes.AsSpan().Fill((byte)(i + 1));
            bytes.CopyTo(expected, i * Gap);
            (await pair.Files.WriteAsync(Me, span with { Offset = (ulong)(i * Gap) }, bytes, WriteFlags.None)).Value.ShouldBe(bytes.Length);
        }

        return (span, expected);
    }
}
