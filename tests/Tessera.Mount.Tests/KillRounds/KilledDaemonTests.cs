using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.KillRounds;

/// <summary>SIGKILL of the daemon at random moments under load: what was acknowledged is there afterwards (docs/semantics.md, 1 to 3).</summary>
[Trait("Campaign", "kill")]
public sealed class KilledDaemonTests
{
    private const int Workers = 4;
    private const int MostOperations = 3_000;

    [Fact]
    public async Task What_was_acknowledged_before_the_kill_is_there_after_it()
    {
        const int seed = 20261121;
        TestContext.Current.SendDiagnosticMessage($"seed {seed}");
        var random = new Random(seed);
        await using TestVolume volume = TestVolume.Mounted();
        Worker[] workers = [.. Enumerable.Range(0, Workers).Select(number => new Worker(volume.Path, number, seed))];
        foreach (Worker worker in workers)
        {
            worker.Prepare();
        }

        for (int round = 0; round < CampaignSize.Of(5, 200); round++)
        {
            await KillUnderLoadAsync(volume, workers, random.Next(1, MostOperations));
            volume.Fsck();
            volume.Mount();
            foreach (Worker worker in workers)
            {
                Should.NotThrow(worker.Verify, $"round {round}, seed {seed}");
            }
        }

        workers.Sum(worker => worker.Acknowledged).ShouldBeGreaterThan(CampaignSize.Of(5, 200) * 10);
        volume.Check();
    }

    /// <summary>Lets the workers do so many operations in all, then kills the daemon under them.</summary>
    private static async Task KillUnderLoadAsync(TestVolume volume, Worker[] workers, int operations)
    {
        int remaining = operations;
        using var reached = new ManualResetEventSlim();
        void Acknowledge()
        {
            if (Interlocked.Decrement(ref remaining) == 0)
            {
                reached.Set();
            }
        }

        Task[] work = [.. workers.Select(worker => Task.Factory.StartNew(
            () => worker.Run(Acknowledge), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        Task.WaitAny([Task.Factory.StartNew(reached.Wait, CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default), .. work]);
        volume.Kill();
        reached.Set();
        await Task.WhenAll(work);
    }
}
