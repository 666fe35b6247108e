using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>Connections cut at random moments, before a request or before its reply, under work of several programs at once: every operation is done once,
/// none hangs, and the files are what was written. Three planted bugs of that kind are noticed.</summary>
[Trait("Campaign", "wire")]
public sealed class CutCampaignTests
{
    private const int Workers = 4;
    private const int Rounds = 40;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(60);

    public static TheoryData<int> Seeds =>
        [.. Enumerable.Range(1, Environment.GetEnvironmentVariable("CAMPAIGN") is "full" ? 500 : 10)];

    [Theory]
    [MemberData(nameof(Seeds))]
    public async Task Every_operation_is_done_once_and_files_are_what_was_written(int seed)
    {
        await using var pair = new WirePair();
        var random = new Seeded((ulong)seed);

        string? wrong = await WorkAsync(pair, () => pair.ConnectAsync(Cut(random), Cut(random)), Limit);

        wrong.ShouldBeNull($"seed {seed}");
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_lost_request_is_noticed()
    {
        await using var pair = new WirePair();
        int creates = 0;

        string? wrong = await WorkAsync(pair, () => pair.ConnectAsync(null, Lose), TimeSpan.FromSeconds(2));

        wrong.ShouldNotBeNull().ShouldContain("hangs");

        // One that somebody waits for.
        byte[]? Lose(byte[] frame) => frame[RequestBody.FirstStep] == (byte)OpCode.Create && Interlocked.Increment(ref creates) == 5 ? null : frame;
    }

    [Fact]
    public async Task A_byte_changed_on_the_way_is_noticed()
    {
        await using var pair = new WirePair();

        string? wrong = await WorkAsync(pair, () => pair.ConnectAsync(null, Flip), Limit);

        wrong.ShouldNotBeNull().ShouldContain("content");

        static byte[] Flip(byte[] frame)
        {
            if (frame.Length > 2000)
            {
                frame[1000] ^= 1;
            }

            return frame;
        }
    }

    [Fact]
    public async Task A_reply_that_was_forgotten_and_its_request_done_again_is_noticed()
    {
        await using var pair = new WirePair();
        var random = new Seeded(1);
        ulong sequence = 1_000_000;

        // As if each request that comes again were a new one: the exporter is told of a slot's next number, not of the same.
        string? wrong = await WorkAsync(pair, () => pair.ConnectAsync(Cut(random), Renumber), TimeSpan.FromSeconds(5));

        wrong.ShouldNotBeNull();

        byte[] Renumber(byte[] frame)
        {
            if (FrameHeader.TryRead(frame, out FrameHeader header) && header.Type == FrameType.Request && random.OneIn(25))
            {
                (header with { Id = new RequestId(RequestId.Decode(header.Id).Slot, ++sequence).Encoded }).Write(frame);
            }

            return frame;
        }
    }

    private static Func<byte[], byte[]?> Cut(Seeded random) => frame => random.OneIn(60) ? throw new IOException("Cut.") : frame;

    /// <summary>Null, or what was wrong.</summary>
    private static async Task<string?> WorkAsync(WirePair pair, Func<Task> connect, TimeSpan limit)
    {
        using var over = new CancellationTokenSource();
        await connect();
        Task keeping = KeepConnectedAsync(pair, connect, over.Token);
        Task<string?> working = WorkAllAsync(pair);
        bool ended = await Task.WhenAny(working, keeping, Task.Delay(limit, over.Token)) == working;
        await over.CancelAsync();
        pair.Session.End();
        string? wrong = await working;
        try
        {
            await keeping;
        }
        catch (WireProtocolException fault)
        {
            return fault.Message;
        }

        return ended ? wrong : "An operation hangs.";
    }

    private static async Task KeepConnectedAsync(WirePair pair, Func<Task> connect, CancellationToken over)
    {
        while (!over.IsCancellationRequested)
        {
            await Task.WhenAny(pair.LostAsync(), Task.Delay(Timeout.Infinite, over));
            if (!over.IsCancellationRequested)
            {
                await connect();
            }
        }
    }

    private static async Task<string?> WorkAllAsync(WirePair pair)
    {
        string?[] wrong = await Task.WhenAll(Enumerable.Range(0, Workers).Select(worker => Task.Run(() => new Worker(pair, worker).RunAsync(Rounds))));
        return wrong.FirstOrDefault(sentence => sentence is not null);
    }
}
