using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>A request is done once, however often a cut makes it come again.</summary>
public sealed class OnceOnlyTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_reply_lost_with_its_connection_comes_again_and_the_request_is_not_done_again()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync(toImporter: _ => throw new IOException("Cut before the reply."));

        ValueTask<FsResult<OpenedFile>> made = pair.Files.CreateAsync(Me, FsLimits.RootInode, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive);
        await pair.LostAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        made.IsCompleted.ShouldBeFalse("An operation waits while there is no connection.");
        File.Exists(Path.Combine(pair.Path, "f")).ShouldBeTrue("It was done, and only its reply lost.");
        await pair.ConnectAsync();

        // Done again it would be EEXIST.
        (await made.AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken)).Error.ShouldBe(FsError.None);
    }

    [Fact]
    public async Task A_request_lost_with_its_connection_is_done_over_the_next()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync(toExporter: _ => throw new IOException("Cut before the request."));

        ValueTask<FsResult<OpenedFile>> made = pair.Files.CreateAsync(Me, FsLimits.RootInode, Name("f"), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive);
        await pair.LostAsync().WaitAsync(Limit, TestContext.Current.CancellationToken);
        File.Exists(Path.Combine(pair.Path, "f")).ShouldBeFalse();
        await pair.ConnectAsync();

        (await made.AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken)).Error.ShouldBe(FsError.None);
    }

    [Fact]
    public async Task The_same_request_sent_twice_has_the_same_reply_twice()
    {
        await using var stranger = new Stranger();
        byte[] create = Stranger.Request(new RequestId(5, 1), new Step { Operation = OpCode.Create, Ino = 1, Mode = 0x1A4, Flags = (uint)(OpenFlags.ReadWrite | OpenFlags.Exclusive), Name = Name("f") });

        byte[] first = await stranger.AskAsync(create);
        byte[] second = await stranger.AskAsync(create);

        second.ShouldBe(first);
        Stranger.ErrorOf(first).ShouldBe(FsError.None);
        stranger.Exporter.OpenFiles.ShouldBe(1);
    }

    [Theory]
    [InlineData(1, 2, "beyond the next")]
    [InlineData(1, 0, "before the first")]
    [InlineData(128, 1, "in a slot that there is not")]
    [InlineData(65535, 1, "in a slot that there is not")]
    public async Task A_request_out_of_its_sequence_ends_the_session(int slot, long sequence, string which)
    {
        await using var stranger = new Stranger();

        await stranger.SendAsync(Stranger.Request(new RequestId(slot, (ulong)sequence), new Step { Operation = OpCode.Statistics }));

        (await stranger.EndAsync()).ShouldBeOfType<WireProtocolException>(which);
    }

    [Fact]
    public async Task When_the_session_is_over_what_waits_fails_and_nothing_hangs()
    {
        await using var pair = new WirePair();
        await pair.ConnectAsync(toExporter: _ => null);
        ValueTask<FsResult<InodeAttributes>> lost = pair.Files.GetAttributesAsync(Me, FsLimits.RootInode);

        pair.Session.End();

        (await lost.AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken)).Error.ShouldBe(FsError.NotConnected);
        (await pair.Files.GetAttributesAsync(Me, FsLimits.RootInode).AsTask().WaitAsync(Limit, TestContext.Current.CancellationToken)).Error.ShouldBe(FsError.NotConnected);
    }
}
