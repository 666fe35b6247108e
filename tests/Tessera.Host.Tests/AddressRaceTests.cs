using System.Diagnostics;
using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;
using Tessera.Wire.Transport;

namespace Tessera.Host.Tests;

/// <summary>Which address of several a session goes on over, and what becomes of the attempts beside it.</summary>
public sealed class AddressRaceTests
{
    private static readonly CommandException Refusal = new(ExitCode.Fault, "The server does not accept the token.");
    private static readonly CommandException Stranger = new(ExitCode.Untrusted, "Another certificate.");

    private readonly List<int> dialled = [];
    private readonly List<CommandException> told = [];
    private readonly CancellationToken cancellation = TestContext.Current.CancellationToken;

    [Fact]
    public async Task The_first_that_answers_wins_and_no_other_is_asked()
    {
        DialledConnection won = await RaceOf((number, _) => Task.FromResult<IFrameTransport>(new Line())).RunAsync([1, 0], repeats: true, cancellation);

        won.Address.ShouldBe(1);
        dialled.ShouldBe([1]);
    }

    [Fact]
    public async Task One_that_fails_makes_room_for_the_next_at_once()
    {
        long began = Stopwatch.GetTimestamp();
        DialledConnection won = await RaceOf((number, _) => number == 2 ? Task.FromResult<IFrameTransport>(new Line()) : throw new IOException("Reset.")).RunAsync([0, 1, 2], repeats: false, cancellation);

        won.Address.ShouldBe(2);
        dialled.ShouldBe([0, 1, 2]);
        Stopwatch.GetElapsedTime(began).ShouldBeLessThan(TimeSpan.FromSeconds(5)); // Nobody waits a time that is set somewhere; the machine may be slow.
    }

    [Fact]
    public async Task One_that_is_silent_keeps_nobody_and_is_hung_up_on_should_it_answer_too_late()
    {
        var late = new TaskCompletionSource<IFrameTransport>();
        var line = new Line();
        DialledConnection won = await RaceOf((number, _) => number == 0 ? late.Task : Task.FromResult<IFrameTransport>(new Line())).RunAsync([0, 1], repeats: false, cancellation);
        late.SetResult(line);

        won.Address.ShouldBe(1);
        await line.Disposed.Task.WaitAsync(TimeSpan.FromSeconds(30), cancellation);
    }

    [Fact]
    public async Task What_fails_is_tried_again_until_one_answers()
    {
        DialledConnection won = await RaceOf((number, _) => number == 1 && dialled.Count > 5 ? Task.FromResult<IFrameTransport>(new Line()) : throw new IOException("Refused.")).RunAsync([0, 1], repeats: true, cancellation);

        won.Address.ShouldBe(1);
        dialled.Count(number => number == 0).ShouldBeGreaterThan(1);
    }

    [Fact]
    public async Task Once_only_when_asked_so()
    {
        IOException fault = await Should.ThrowAsync<IOException>(() => RaceOf((number, _) => throw new IOException($"Refused {number}.")).RunAsync([0, 1], repeats: false, cancellation));

        fault.Message.ShouldBe("Refused 0.");
        dialled.ShouldBe([0, 1]);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task A_server_that_refuses_at_every_address_is_the_end(bool repeats)
    {
        (await Should.ThrowAsync<CommandException>(() => RaceOf((_, _) => throw Refusal).RunAsync([0, 1], repeats, cancellation))).ShouldBe(Refusal);

        dialled.ShouldBe([0, 1], ignoreOrder: true);
    }

    [Fact]
    public async Task A_refusal_is_told_rather_than_that_another_address_does_not_answer()
        => (await Should.ThrowAsync<CommandException>(() => RaceOf((number, _) => throw (number == 0 ? new IOException("Refused.") : Refusal)).RunAsync([0, 1], repeats: false, cancellation))).ShouldBe(Refusal);

    [Fact]
    public async Task One_address_that_refuses_does_not_end_a_session_that_another_takes()
    {
        DialledConnection won = await RaceOf((number, _) => number == 1 && dialled.Count > 4 ? Task.FromResult<IFrameTransport>(new Line()) : number == 0 ? throw Refusal : throw new IOException("Refused."))
            .RunAsync([0, 1], repeats: true, cancellation);

        won.Address.ShouldBe(1);
        dialled.Count(number => number == 0).ShouldBe(1);
    }

    [Fact]
    public async Task A_certificate_of_another_is_told_once_and_gets_nothing()
    {
        DialledConnection won = await RaceOf((_, _) => dialled.Count > 3 ? Task.FromResult<IFrameTransport>(new Line()) : throw Stranger).RunAsync([0], repeats: true, cancellation);

        won.Address.ShouldBe(0);
        told.ShouldBe([Stranger]);
        (await Should.ThrowAsync<CommandException>(() => RaceOf((_, _) => throw Stranger).RunAsync([0, 1], repeats: false, cancellation))).ShouldBe(Stranger);
    }

    [Fact]
    public void A_preferred_address_that_does_not_hold_is_gone_back_to_less_and_less_often()
    {
        var pace = new ReturnPace();
        pace.Lost(isPreferred: true, TimeSpan.FromSeconds(1));
        pace.Pause.ShouldBe(ReturnPace.Shortest); // It was the first loss: nobody has gone back yet.

        for (int i = 0; i < 20; i++)
        {
            pace.Returned();
            pace.Lost(isPreferred: true, TimeSpan.FromSeconds(1));
            pace.Lost(isPreferred: false, TimeSpan.FromSeconds(1));
        }

        pace.Pause.ShouldBe(ReturnPace.Longest);
        pace.Returned();
        pace.Lost(isPreferred: true, ReturnPace.Stable);
        pace.Pause.ShouldBe(ReturnPace.Shortest);
    }

    private AddressRace RaceOf(Func<int, CancellationToken, Task<IFrameTransport>> dial) => new((number, over) =>
    {
        lock (dialled)
        {
            dialled.Add(number);
        }

        return dial(number, over);
    })
    {
        OnUntrusted = told.Add,
    };

    private sealed class Line : IFrameTransport
    {
        public TaskCompletionSource Disposed { get; } = new();

        public ValueTask SendAsync(ReadOnlyMemory<byte> frame, CancellationToken cancellation) => throw new NotSupportedException();

        public ValueTask<int> ReceiveAsync(Memory<byte> buffer, CancellationToken cancellation) => throw new NotSupportedException();

        public void Abort() => Disposed.TrySetResult();

        public void Dispose() => Disposed.TrySetResult();
    }
}
