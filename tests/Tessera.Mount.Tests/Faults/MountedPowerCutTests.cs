using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Faults;

/// <summary>The shipped daemon on a disk whose power fails: of what was not flushed some sectors are there and some are not.</summary>
[Trait("Campaign", "fault")]
public sealed class MountedPowerCutTests(ITestOutputHelper output)
{
    private const int MostCalls = 250;
    private const int PlantedRounds = 10;
    private const int Files = 50;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    /// <summary>Whenever the power fails, the mount afterwards is in one state of the program's own order, none older than its last sync.</summary>
    [Fact]
    public async Task Whenever_the_power_fails_what_was_synced_is_there_and_nothing_is_half_done()
    {
        (int first, int last) = CampaignSize.Slice(4, 200);
        for (int seed = first; seed <= last; seed++)
        {
            (await RunAsync(seed, ignoresFlushes: false)).ShouldBeNull($"seed {seed}");
        }
    }

    /// <summary>The rounds can fail: a store that does not flush loses what was synced, or cannot be opened.</summary>
    [Fact]
    public async Task A_store_that_does_not_flush_is_caught()
    {
        for (int seed = 1; seed <= PlantedRounds; seed++)
        {
            try
            {
                if (await RunAsync(seed, ignoresFlushes: true) is { } caught)
                {
                    output.WriteLine(caught);
                    return;
                }
            }
            catch (ShouldAssertException caught)
            {
                output.WriteLine(caught.Message);
                return;
            }
        }

        Assert.Fail($"{PlantedRounds} power cuts did not show that nothing was flushed.");
    }

    [Fact]
    public async Task What_nobody_synced_is_durable_soon_and_survives_a_power_cut()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] closed = new byte[10_000];
        byte[] open = new byte[3_000_000];
        new Random(1).NextBytes(closed);
        new Random(2).NextBytes(open);
        for (int i = 0; i < Files; i++)
        {
            Syscall.WriteFile(faulty.At($"closed{i}"), closed);
        }

        int file = Syscall.OpenFile(faulty.At("open"), Syscall.WriteOnly | Syscall.Create);
        Syscall.WriteAll(file, open);
        long started = Stopwatch.GetTimestamp();

        // Nothing but time passes. The watchdog ends a wait that has no end.
        using var look = new PeriodicTimer(s_look);
        while (!faulty.Volume.IsDurable)
        {
            (await look.WaitForNextTickAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        }

        output.WriteLine($"Durable after {Stopwatch.GetElapsedTime(started).TotalSeconds:F1} s.");
        faulty.LosePower(new Random(3));
        Syscall.DropFile(file);
        faulty.Volume.Mount();
        for (int i = 0; i < Files; i++)
        {
            File.ReadAllBytes(faulty.At($"closed{i}")).AsSpan().SequenceEqual(closed).ShouldBeTrue($"closed{i}");
        }

        File.ReadAllBytes(faulty.At("open")).AsSpan().SequenceEqual(open).ShouldBeTrue();
        faulty.Volume.Check();
    }

    /// <returns>What is wrong after the cut; null: nothing.</returns>
    private async Task<string?> RunAsync(int seed, bool ignoresFlushes)
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted(ignoresFlushes);
        var random = new Random(seed);
        string directory = faulty.At("work");
        Syscall.MakeDirectory(directory);
        faulty.WriteAndSync("before", []);
        faulty.Disk.CutPower(after: random.Next(MostCalls));
        var worker = new PowerCutWorker(directory, seed);
        worker.Run();
        faulty.LosePower(random);

        faulty.Volume.Mount();
        string? wrong = worker.History.Judge(directory);
        faulty.Volume.Check();
        output.WriteLine($"Seed {seed}: {worker.History.Length} states, {wrong ?? "as promised"}");
        return wrong;
    }
}
