using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>An exporter that does not answer makes nobody wait for ever, and what it does in the end is put in order.</summary>
public sealed class DeadlineTests
{
    private static readonly TimeSpan Deadline = TimeSpan.FromMilliseconds(400);
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static CancellationToken Cancellation => TestContext.Current.CancellationToken;

    [Fact]
    public async Task What_is_not_answered_in_time_fails_and_its_late_reply_leaves_nothing_open_and_nothing_taken()
    {
        await using var pair = new WirePair(deadline: Deadline);
        File.WriteAllText(Path.Combine(pair.Path, "f"), "x");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        await pair.ConnectAsync(toImporter: static _ => null);

        long began = Stopwatch.GetTimestamp();
        FsResult<ulong>[] opened = await Task.WhenAll(Enumerable.Range(0, 10).Select(_ => pair.Files.OpenAsync(WirePair.Me, ino, OpenFlags.ReadWrite).AsTask())).WaitAsync(Limit, Cancellation);
        opened.ShouldAllBe(result => result.Error == FsError.TimedOut);
        Stopwatch.GetElapsedTime(began).ShouldBeGreaterThanOrEqualTo(Deadline - TimeSpan.FromMilliseconds(20));
        (await pair.Files.CreateAsync(WirePair.Me, FsLimits.RootInode, WirePair.Name("made"), 0x1A4, OpenFlags.ReadWrite).AsTask().WaitAsync(Limit, Cancellation)).Error.ShouldBe(FsError.TimedOut);
        (await ListAsync(pair)).ShouldBe(FsError.TimedOut);
        pair.Exporter.OpenFiles.ShouldBe(11);

        await pair.ConnectAsync(); // The exporter answers what it did, once more, and is told to close it.
        SpinWait.SpinUntil(() => pair.Exporter.OpenFiles == 0, Limit).ShouldBeTrue($"{pair.Exporter.OpenFiles} files stay open");
        FsResult<InodeAttributes>[] found = await Task.WhenAll(
            Enumerable.Range(0, 3 * WireLimits.Slots).Select(_ => pair.Files.LookupAsync(WirePair.Me, FsLimits.RootInode, WirePair.Name("made")).AsTask())).WaitAsync(Limit, Cancellation);
        found.ShouldAllBe(result => result.Ok);
        pair.Session.Stuck.IsCompleted.ShouldBeFalse();
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task When_no_slot_is_answered_in_time_the_session_is_stuck_and_ends_for_those_who_wait_for_one()
    {
        await using var pair = new WirePair(deadline: Deadline);
        await pair.ConnectAsync(toImporter: static _ => null);
        Task<FsResult<InodeAttributes>>[] asked = [.. Enumerable.Range(0, WireLimits.Slots + 50).Select(_ => pair.Files.GetAttributesAsync(WirePair.Me, FsLimits.RootInode).AsTask())];

        await pair.Session.Stuck.WaitAsync(Limit, Cancellation);
        asked.Count(task => task.IsCompleted).ShouldBe(WireLimits.Slots);
        pair.Session.End();

        FsResult<InodeAttributes>[] told = await Task.WhenAll(asked).WaitAsync(Limit, Cancellation);
        told.Count(result => result.Error == FsError.TimedOut).ShouldBe(WireLimits.Slots);
        told.Count(result => result.Error == FsError.NotConnected).ShouldBe(50);
        (await pair.Files.GetAttributesAsync(WirePair.Me, FsLimits.RootInode).AsTask().WaitAsync(Limit, Cancellation)).Error.ShouldBe(FsError.NotConnected);
    }

    [Fact]
    public async Task While_there_is_no_connection_time_does_not_count()
    {
        await using var pair = new WirePair(deadline: Deadline);
        await pair.ConnectAsync();
        await pair.DisconnectAsync();
        Task<FsResult<InodeAttributes>> asked = pair.Files.GetAttributesAsync(WirePair.Me, FsLimits.RootInode).AsTask();

        (await Task.WhenAny(asked, Task.Delay(3 * Deadline, Cancellation))).ShouldNotBe(asked);
        await pair.ConnectAsync();

        (await asked.WaitAsync(Limit, Cancellation)).Error.ShouldBe(FsError.None);
    }

    /// <summary>What is asked, opened or listed; what it opened is closed when the answer comes, and its slots are free again.</summary>
    [Fact]
    public async Task Who_is_killed_does_not_wait_for_what_changes_nothing()
    {
        await using var pair = new WirePair();
        File.WriteAllText(Path.Combine(pair.Path, "f"), "x");
        await pair.ConnectAsync();
        ulong ino = await pair.LookupAsync("f");
        await pair.ConnectAsync(toImporter: static _ => null);
        var patience = new Patience();
        Caller caller = WirePair.Me with { Patience = patience };
        Task<FsError>[] asked =
        [
            ErrorAsync(pair.Files.OpenAsync(caller, ino, OpenFlags.ReadWrite)),
            ErrorAsync(pair.Files.ListXattrsAsync(caller, ino, new byte[10])),
            ErrorAsync(pair.Files.GetStatisticsAsync(caller)),
        ];
        Task<FsError> changing = ErrorAsync(pair.Files.MakeNodeAsync(caller, FsLimits.RootInode, WirePair.Name("made"), new NewNode(0x41ED, 0, default)));
        Task<FsError> living = ErrorAsync(pair.Files.GetStatisticsAsync(WirePair.Me));

        (await Task.WhenAny([.. asked, Task.Delay(TimeSpan.FromSeconds(1), Cancellation)])).ShouldNotBeOneOf(asked);
        patience.IsOver = true;

        (await Task.WhenAll(asked).WaitAsync(Limit, Cancellation)).ShouldAllBe(error => error == FsError.Interrupted);
        (changing.IsCompleted || living.IsCompleted).ShouldBeFalse("somebody waits for them");
        await pair.ConnectAsync();
        (await Task.WhenAll(changing, living).WaitAsync(Limit, Cancellation)).ShouldAllBe(error => error == FsError.None);
        SpinWait.SpinUntil(() => pair.Exporter.OpenFiles == 0, Limit).ShouldBeTrue($"{pair.Exporter.OpenFiles} files stay open");
        await Task.WhenAll(Enumerable.Range(0, 3 * WireLimits.Slots).Select(_ => pair.Files.GetStatisticsAsync(WirePair.Me).AsTask())).WaitAsync(Limit, Cancellation);
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task A_reply_that_comes_in_time_is_one()
    {
        await using var pair = new WirePair(deadline: Limit);
        await pair.ConnectAsync();

        (await pair.Files.GetAttributesAsync(WirePair.Me, FsLimits.RootInode)).Ok.ShouldBeTrue();
    }

    private static async Task<FsError> ListAsync(WirePair pair)
    {
        FsResult<ulong> directory = await pair.Files.OpenDirectoryAsync(WirePair.Me, FsLimits.RootInode);
        return directory.Ok ? await pair.Files.ReadDirectoryAsync(WirePair.Me, FsLimits.RootInode, 0, new CollectingSink(100)).AsTask().WaitAsync(Limit, Cancellation) : directory.Error;
    }

    private static async Task<FsError> ErrorAsync<T>(ValueTask<FsResult<T>> result)
        where T : struct => (await result).Error;

    private sealed class Patience : IPatience
    {
        public volatile bool IsOver;

        public bool IsDying(in Caller caller) => IsOver;
    }
}
