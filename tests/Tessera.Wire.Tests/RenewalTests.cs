using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>On a long line a directory that is in use is listed anew before what is known of it is too old: nobody waits for that, and nothing is believed for longer.</summary>
public sealed class RenewalTests
{
    private static readonly TimeSpan Way = TimeSpan.FromMilliseconds(25);
    private static readonly TimeSpan Freshness = TimeSpan.FromSeconds(2);

    [Fact]
    public async Task Who_goes_on_using_a_directory_does_not_wait_for_it_again()
    {
        await using var pair = new WirePair(freshness: Freshness);
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"));
        await ConnectFarAsync(pair);
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        await pair.SettleAsync();

        long before = pair.RoundTrips;
        await UseAsync(pair, 3 * Freshness);

        (pair.RoundTrips - before).ShouldBeLessThan(2, "A machine that is busy elsewhere may be late once.");
        pair.Files.RequestsAhead.ShouldBeGreaterThan(2);
    }

    [Fact]
    public async Task What_others_do_is_seen_as_soon_as_without_it()
    {
        await using var pair = new WirePair(freshness: Freshness);
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"));
        await ConnectFarAsync(pair);
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        await UseAsync(pair, Freshness);

        File.WriteAllText(Path.Combine(pair.Path, "new"), "theirs");
        Directory.Delete(Path.Combine(pair.Path, "d"));
        var since = Stopwatch.StartNew();
        while (since.Elapsed < Freshness + TimeSpan.FromMilliseconds(100))
        {
            await LookUpAsync(pair);
        }

        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("new"))).Value.Size.ShouldBe(6UL);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("d"))).Error.ShouldBe(FsError.NotFound);
    }

    /// <summary>The listing is made at the exporter before names that change here while its answer is on its way.</summary>
    [Fact]
    public async Task Names_that_change_here_meanwhile_are_known_as_they_are()
    {
        await using var pair = new WirePair(freshness: Freshness);
        File.WriteAllText(Path.Combine(pair.Path, "old"), "x");
        await pair.ConnectAsync(delay: static frame => frame.Length > 400 ? 6 * Way : Way);
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        for (int round = 0; round < 20; round++)
        {
            string name = $"f{round}";
            await LookUpAsync(pair);
            ulong ino = (await pair.CreateAsync(name)).Attributes.Ino;
            (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name(name))).Value.Ino.ShouldBe(ino);
            if (round % 2 == 0)
            {
                (await pair.Files.UnlinkAsync(Me, FsLimits.RootInode, Name(name))).ShouldBe(FsError.None);
            }

            for (int i = 0; i <= round; i++)
            {
                FsError expected = i % 2 == 0 ? FsError.NotFound : FsError.None;
                (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name($"f{i}"))).Error.ShouldBe(expected, $"round {round}, f{i}");
            }
        }

        pair.Files.RequestsAhead.ShouldBeGreaterThan(1);
        pair.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task On_a_short_line_nothing_is_asked_ahead_for_it()
    {
        await using var pair = new WirePair(freshness: Freshness);
        Directory.CreateDirectory(Path.Combine(pair.Path, "d"));
        await pair.ConnectAsync();
        await new CollectingSink(entriesAtOnce: 10).ReadAllAsync(pair.Files, FsLimits.RootInode);
        long ahead = pair.Files.RequestsAhead;

        await UseAsync(pair, 0.8 * Freshness);

        pair.Files.RequestsAhead.ShouldBe(ahead);
    }

    private static Task ConnectFarAsync(WirePair pair) => pair.ConnectAsync(delay: static _ => Way);

    private static async Task UseAsync(WirePair pair, TimeSpan time)
    {
        var since = Stopwatch.StartNew();
        while (since.Elapsed < time)
        {
            await LookUpAsync(pair);
            await Task.Delay(50);
        }
    }

    private static async Task LookUpAsync(WirePair pair)
    {
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("d"))).Error.ShouldBeOneOf(FsError.None, FsError.NotFound);
        (await pair.Files.LookupAsync(Me, FsLimits.RootInode, Name("nothing"))).Error.ShouldBe(FsError.NotFound);
    }
}
