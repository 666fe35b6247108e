using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>Contents sealed anew (docs/format/container.md, Re-sealing) while files are used.</summary>
public sealed class ResealTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private const int Workers = 4;
    private const int Rounds = 12;
    private const int MostRounds = 40;
    private const int Length = 200_000;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Files_that_are_written_copied_and_deleted_meanwhile_are_what_their_users_made_them(int seed)
    {
        VolumeFixture fixture = await NewAsync();
        byte[] common = Pattern(2 * Length, seed);
        ulong source = await MakeFileAsync(fixture, "common", common);
        var users = new User[Workers];
        for (int i = 0; i < Workers; i++)
        {
            users[i] = new User(fixture, i, seed) { Common = (source, common) };
            await users[i].BeginAsync();
        }

        ulong newest = 0;
        fixture.Store.Outdated = block => block.Address <= Volatile.Read(ref newest);
        fixture.Store.Delay = static async () => await Task.Yield();
        using var ended = new CancellationTokenSource();
        Task[] working = [.. users.Select(user => Task.Run(() => user.WorkAsync(ended.Token)))];
        for (int round = 0; round < Rounds; round++)
        {
            Volatile.Write(ref newest, fixture.Memory.GetClaimedBlocks().Max(static block => block.Address)); // Each time all that is there.
            await ResealAsync(fixture);
        }

        await ended.CancelAsync();
        await Task.WhenAll(working);
        for (int round = 0; Outdated(fixture) > 0; round++)
        {
            round.ShouldBeLessThan(MostRounds);
            await ResealAsync(fixture);
        }

        fixture.Store.Delay = null;
        foreach (User user in users)
        {
            await user.VerifyAsync();
        }

        (await fixture.ReadAsync(source)).AsSpan().SequenceEqual(common).ShouldBeTrue();
        await fixture.Volume.WriteBackAsync();
        await fixture.Volume.CollectOrphansAsync();
        (await VolumeChecker.CheckAsync(fixture.Memory, TestContext.Current.CancellationToken)).Findings.ShouldBeEmpty();
        fixture.Memory.UnclaimedBlocks.ShouldBe(0);
        fixture.Events.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Who_is_to_be_slow_holds_no_lock_and_may_end_it()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(3_000_000, 5);
        ulong file = await MakeFileAsync(fixture, "file", content);
        fixture.Store.Outdated = static _ => true;
        using var ended = new CancellationTokenSource();
        long told = 0;
        int steps = 0;

        await Should.ThrowAsync<OperationCanceledException>(async () => await fixture.Volume.ResealAsync(new ResealOptions { Pace = PaceAsync, Cancellation = ended.Token }));

        steps.ShouldBeGreaterThan(1);
        told.ShouldBeGreaterThan(1 << 20);
        (await fixture.ReadAsync(file)).AsSpan().SequenceEqual(content).ShouldBeTrue();
        (await VolumeChecker.CheckAsync(fixture.Memory, TestContext.Current.CancellationToken)).Findings.ShouldBeEmpty();

        async ValueTask PaceAsync(long bytes)
        {
            told += bytes;
            content[steps] ^= 1;
            await fixture.WriteAsync(file, steps, content.AsMemory(steps, 1));
            await fixture.FlushAsync(file);
            if (++steps == 3)
            {
                await ended.CancelAsync();
            }
        }
    }

    [Fact]
    public async Task Without_room_nothing_is_lost_and_it_says_so()
    {
        VolumeFixture fixture = await NewAsync();
        byte[] content = Pattern(500_000, 6);
        ulong file = await MakeFileAsync(fixture, "file", content);
        fixture.Store.Outdated = static _ => true;
        fixture.Store.RefuseBlocks = true;

        (await fixture.Volume.ResealAsync(new ResealOptions())).HasRoom.ShouldBeFalse();

        (await fixture.ReadAsync(file)).AsSpan().SequenceEqual(content).ShouldBeTrue();
    }

    private static async Task ResealAsync(VolumeFixture fixture)
    {
        ResealResult result = await fixture.Volume.ResealAsync(new ResealOptions());
        (result.Damaged, result.HasRoom).ShouldBe((0, true));
    }

    /// <summary>Extents that name a block under the key that is given up.</summary>
    private static int Outdated(VolumeFixture fixture) =>
        fixture.Memory.GetEntries().Count(entry => VolumeBlocks.TryReadBlock(entry.Key, entry.Value, out BlockReference block) && fixture.Store.Outdated!(block));

    private static async Task<ulong> MakeFileAsync(VolumeFixture fixture, string name, byte[] content)
    {
        ulong ino = (await fixture.MakeAsync(RootIno, name)).Ino;
        await fixture.WriteAsync(ino, 0, content);
        await fixture.FlushAsync(ino);
        return ino;
    }

    /// <summary>Has two files of its own, and knows what is in them.</summary>
    private sealed class User(VolumeFixture fixture, int number, int seed)
    {
        private readonly Random random = new((seed * 100) + number);
        private readonly ulong[] files = new ulong[2];
        private readonly byte[][] models = [new byte[2 * Length], new byte[2 * Length]];

        public required (ulong Ino, byte[] Content) Common { get; init; }

        public async Task BeginAsync()
        {
            for (int i = 0; i < files.Length; i++)
            {
                await MakeAsync(i);
                random.NextBytes(models[i]);
                await fixture.WriteAsync(files[i], 0, models[i]);
                await fixture.FlushAsync(files[i]);
            }

            await CopyAsync(Common, 0); // Some of what is under the older key is shared from the beginning.
        }

        public async Task WorkAsync(CancellationToken ended)
        {
            while (!ended.IsCancellationRequested)
            {
                int which = random.Next(files.Length);
                switch (random.Next(6))
                {
                    case 0:
                        await CopyAsync(Common, which);
                        break;
                    case 1:
                        await CopyAsync((files[1 - which], models[1 - which]), which);
                        break;
                    case 2:
                        await RemoveAsync(which);
                        break;
                    case 3:
                        await fixture.FlushAsync(files[which]);
                        break;
                    default:
                        int at = random.Next((2 * Length) - 5000);
                        random.NextBytes(models[which].AsSpan(at, 5000));
                        await fixture.WriteAsync(files[which], at, models[which].AsMemory(at, 5000));
                        break;
                }

                if (random.Next(8) == 0)
                {
                    await VerifyAsync();
                }
            }
        }

        public async Task VerifyAsync()
        {
            for (int i = 0; i < files.Length; i++)
            {
                byte[] read = await fixture.ReadAsync(files[i]);
                read.AsSpan().SequenceEqual(models[i].AsSpan(0, read.Length)).ShouldBeTrue();
                models[i].AsSpan(read.Length).ContainsAnyExcept((byte)0).ShouldBeFalse();
            }
        }

        private async Task MakeAsync(int which) => files[which] = (await fixture.MakeAsync(RootIno, $"{number} {which}")).Ino;

        private async Task CopyAsync((ulong Ino, byte[] Content) from, int which)
        {
            int at = random.Next(Length);
            int length = random.Next(1, Length);
            FsResult<ulong> copied = await fixture.Volume.CopyRangeAsync(Root, new FileSpan(from.Ino, 0, (ulong)at), new FileSpan(files[which], 0, (ulong)at), (ulong)length);
            copied.Error.ShouldBe(FsError.None);
            from.Content.AsSpan(at, (int)copied.Value).CopyTo(models[which].AsSpan(at));
        }

        private async Task RemoveAsync(int which)
        {
            (await fixture.Volume.UnlinkAsync(Root, RootIno, Name($"{number} {which}"))).ShouldBe(FsError.None);
            fixture.Volume.Forget(files[which]);
            models[which].AsSpan().Clear();
            await MakeAsync(which);
        }
    }
}
