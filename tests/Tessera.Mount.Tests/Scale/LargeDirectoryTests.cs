using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Scale;

[Trait("Campaign", "scale")]
public sealed class LargeDirectoryTests
{
    private const int Stable = 100_000;
    private const int LeastListings = 5;
    private const int LeastChanges = 1_000;
    private const int ComingAndGoing = 500;

    [Fact]
    public async Task A_listing_has_every_entry_that_stays_once_while_others_come_and_go()
    {
        await using TestVolume volume = TestVolume.Mounted();
        for (int i = 0; i < Stable; i++)
        {
            Syscall.WriteFile($"{volume.Path}/stays{i}", default);
        }

        using var stop = new CancellationTokenSource();
        int changes = 0;
        Task change = Task.Factory.StartNew(
            () => ChangeUntil(volume.Path, stop.Token, ref changes), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default);
        for (int i = 0; i < LeastListings || Volatile.Read(ref changes) < LeastChanges; i++)
        {
            CheckListing(volume.Path);
        }

        await stop.CancelAsync();
        await change;
        volume.Remount();
        CheckListing(volume.Path);
        volume.Check();
    }

    private static void CheckListing(string directory)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        int staying = 0;
        foreach (string path in Directory.EnumerateFiles(directory))
        {
            string name = Path.GetFileName(path);
            seen.Add(name).ShouldBeTrue($"{name} is listed twice");
            staying += name.StartsWith("stays", StringComparison.Ordinal) ? 1 : 0;
        }

        staying.ShouldBe(Stable);
    }

    /// <summary>Makes, renames and removes entries, and counts the rounds.</summary>
    private static void ChangeUntil(string directory, CancellationToken stop, ref int changes)
    {
        while (!stop.IsCancellationRequested)
        {
            int i = changes % ComingAndGoing;
            Syscall.WriteFile($"{directory}/comes{i}", default);
            Syscall.Rename($"{directory}/comes{i}", $"{directory}/goes{i}");
            if (changes >= ComingAndGoing / 2)
            {
                Syscall.Unlink($"{directory}/goes{(i + (ComingAndGoing / 2)) % ComingAndGoing}");
            }

            Interlocked.Increment(ref changes);
        }
    }
}
