using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>The table of locks of an export is what fcntl(2) says, for whoever uses the files.</summary>
public sealed class LockTests
{
    private const ulong Ino = 7;
    private const ulong Last = 63;

    /// <summary>Random calls by three owners, two of them of one session, against a table that has a word for each byte.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public async Task Ranges_are_as_a_table_of_single_bytes_has_them(int seed)
    {
        using var scratch = new Scratch();
        await using Exporter one = scratch.Export();
        await using Exporter other = scratch.Export();
        var table = new LockTable();
        LockHolder[] holders = [new(one, new LockOwner(1, IsFlock: false)), new(one, new LockOwner(2, IsFlock: false)), new(other, new LockOwner(1, IsFlock: false))];
        var model = new FileLockKind[holders.Length, Last + 1];
        for (int i = 0; i < holders.Length; i++)
        {
            for (ulong at = 0; at <= Last; at++)
            {
                model[i, at] = FileLockKind.None;
            }
        }

        var random = new Random(seed);
        for (int step = 0; step < 3000; step++)
        {
            int who = random.Next(holders.Length);
            ulong start = (ulong)random.Next((int)Last + 1);
            ulong end = start + (ulong)random.Next((int)(Last - start) + 1);
            var wanted = new FileLock(start, end, (FileLockKind)random.Next(3));
            bool free = true;
            for (ulong at = start; at <= end; at++)
            {
                for (int i = 0; i < holders.Length; i++)
                {
                    free &= i == who || wanted.Kind == FileLockKind.None || model[i, at] == FileLockKind.None || (model[i, at] == FileLockKind.Shared && wanted.Kind == FileLockKind.Shared);
                }
            }

            bool found = wanted.Kind != FileLockKind.None && table.Find(Ino, holders[who], wanted) is not null;
            FsError error = table.Set(Ino, holders[who], wanted);

            error.ShouldBe(free ? FsError.None : FsError.TryAgain, $"step {step}");
            found.ShouldBe(!free, $"step {step}");
            for (ulong at = start; free && at <= end; at++)
            {
                model[who, at] = wanted.Kind;
            }
        }

        table.Drop(one);
        table.Drop(other);
        table.Count.ShouldBe(0);
    }

    [Fact]
    public async Task A_session_holds_so_many_ranges_and_no_more_and_all_go_with_it()
    {
        using var scratch = new Scratch();
        await using Exporter session = scratch.Export();
        var table = new LockTable();
        var holder = new LockHolder(session, new LockOwner(1, IsFlock: false));
        ulong at = 0;
        while (table.Set(Ino, holder, new FileLock(at, at, FileLockKind.Exclusive)) == FsError.None)
        {
            at += 2;
        }

        table.Set(Ino, holder, new FileLock(at, at, FileLockKind.Exclusive)).ShouldBe(FsError.NoLocks);
        table.Count.ShouldBeInRange(WireLimits.MaxLocks - 2, WireLimits.MaxLocks);
        table.Set(Ino, holder, new FileLock(0, long.MaxValue, FileLockKind.None)).ShouldBe(FsError.None);
        table.Count.ShouldBe(0);
    }

    [Fact]
    public async Task Locks_go_over_the_wire_and_end_with_the_session()
    {
        using var scratch = new Scratch();
        var table = new LockTable();
        await using var one = new Pair(scratch, table);
        await using var other = new Pair(scratch, table);
        FileLock all = new(0, long.MaxValue, FileLockKind.Exclusive);
        OpenedFile mine = (await one.Files.CreateAsync(WirePair.Me, 1, WirePair.Name("f"), ModeBits.Regular | 0x1A4, OpenFlags.ReadWrite)).Value;
        InodeAttributes found = (await other.Files.LookupAsync(WirePair.Me, 1, WirePair.Name("f"))).Value;
        ulong handle = (await other.Files.OpenAsync(WirePair.Me, found.Ino, OpenFlags.ReadWrite)).Value;
        var owner = new LockOwner(ulong.MaxValue, IsFlock: false);

        (await one.Files.Locks.SetLockAsync(WirePair.Me, mine.Attributes.Ino, mine.Handle, owner, all, wait: false)).ShouldBe(FsError.None);

        (await other.Files.Locks.SetLockAsync(WirePair.Me, found.Ino, handle, owner, all, wait: false)).ShouldBe(FsError.TryAgain);
        (await other.Files.Locks.FindLockAsync(WirePair.Me, found.Ino, handle, owner, all with { Kind = FileLockKind.Shared })).Value.ShouldBe(all);
        (await other.Files.Locks.FindLockAsync(WirePair.Me, found.Ino, handle, new LockOwner(1, IsFlock: true), all)).Value.Kind.ShouldBe(FileLockKind.None);
        using var tired = new CancellationTokenSource(TimeSpan.FromMilliseconds(100));
        (await other.Files.Locks.SetLockAsync(WirePair.Me with { Cancellation = tired.Token }, found.Ino, handle, owner, all, wait: true)).ShouldBe(FsError.Interrupted);
        (await other.Files.Locks.SetLockAsync(WirePair.Me, found.Ino, handle, owner, new FileLock(0, ulong.MaxValue - 1, FileLockKind.Shared), wait: false)).ShouldBe(FsError.InvalidArgument);
        Task<FsError> waiting = other.Files.Locks.SetLockAsync(WirePair.Me, found.Ino, handle, owner, all, wait: true).AsTask();
        await one.DisposeAsync();
        (await waiting.WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken)).ShouldBe(FsError.None);
        await other.Files.Locks.DropLocksAsync(found.Ino, handle, owner);
        table.Count.ShouldBe(0);
    }

    /// <summary>A directory that several sessions use.</summary>
    private sealed class Scratch : IDisposable
    {
        private readonly DirectoryInfo directory = Directory.CreateTempSubdirectory("tessera-test-");
        private readonly HostDirectory files;

        public Scratch() => files = HostDirectory.Open(directory.FullName, new HostDirectoryOptions());

        public Exporter Export(LockTable? locks = null) => new(files, new ExportPolicy(0, 0, ReadOnly: false), static _ => { }) { Locks = locks };

        public void Dispose()
        {
            files.Dispose();
            directory.Delete(recursive: true);
        }
    }

    /// <summary>Both ends of one session.</summary>
    private sealed class Pair : IAsyncDisposable
    {
        private readonly Exporter exporter;
        private readonly ImportSession session = new();
        private readonly MemoryTransport end;
        private readonly Task<Farewell?> exporting;
        private readonly Task<Farewell?> importing;
        private bool isOver;

        public Pair(Scratch scratch, LockTable locks)
        {
            exporter = scratch.Export(locks);
            Files = new RemoteFileSystem(session);
            (MemoryTransport exporterEnd, end) = MemoryTransport.CreatePair();
            exporting = exporter.ServeAsync(exporterEnd, WireFeatures.Locks);
            importing = session.RunAsync(end, WireFeatures.Locks);
        }

        public RemoteFileSystem Files { get; }

        public async ValueTask DisposeAsync()
        {
            if (isOver)
            {
                return;
            }

            isOver = true;
            end.Abort();
            await exporting;
            await importing;
            Files.Dispose();
            session.Dispose();
            await exporter.DisposeAsync();
        }
    }
}
