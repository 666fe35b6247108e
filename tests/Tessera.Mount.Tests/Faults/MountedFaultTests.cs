using System.Text.Json;
using Tessera.Fuse;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Faults;

/// <summary>The shipped daemon on a disk that fails: programs are told, the log says why, what was synced is there afterwards.</summary>
[Trait("Campaign", "fault")]
public sealed class MountedFaultTests(ITestOutputHelper output)
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);

    public static TheoryData<string> Calls => [nameof(DiskCall.Write), nameof(DiskCall.Flush)];

    [Theory]
    [MemberData(nameof(Calls))]
    public async Task A_disk_that_stops_taking_writes_is_told_to_the_program_and_the_log_and_costs_nothing_synced(string name)
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        DiskCall call = Enum.Parse<DiskCall>(name);
        byte[] content = Content(200_000);
        faulty.WriteAndSync("synced", content);
        faulty.Disk.Fail(call, Errno.EIO);

        SyscallException told = Should.Throw<SyscallException>(() => faulty.WriteAndSync("lost", content));
        SyscallException again = Should.Throw<SyscallException>(() => faulty.WriteAndSync("lost too", content));

        told.Errno.ShouldBeOneOf(SyscallException.IoError, SyscallException.ReadOnlyFileSystem);
        again.Errno.ShouldBeOneOf(SyscallException.IoError, SyscallException.ReadOnlyFileSystem);
        faulty.IsReadOnly.ShouldBeTrue();
        faulty.IsLogged("store", "read-only").ShouldBeTrue();
        int flushes = faulty.Disk.Count(DiskCall.Flush);
        Should.Throw<SyscallException>(() => faulty.WriteAndSync("lost as well", content));
        faulty.Disk.Count(DiskCall.Flush).ShouldBe(flushes, "a failed flush is never tried again");
        File.ReadAllBytes(faulty.At("synced")).ShouldBe(content);

        faulty.UnmountFaulted();
        faulty.Disk.Heal();
        faulty.Volume.Mount();
        File.ReadAllBytes(faulty.At("synced")).ShouldBe(content);
        faulty.WriteAndSync("new", content);
        faulty.Volume.Check();
    }

    /// <summary>write(2), ERRORS: EROFS is what a program is told at once, not by a close(2) that few programs ask.</summary>
    [Fact]
    public async Task Once_the_volume_is_read_only_every_change_is_refused_at_once()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(10_000);
        faulty.WriteAndSync("file", content);
        faulty.WriteAndSync("other", content);
        Syscall.MakeDirectory(faulty.At("directory"));
        int file = Syscall.OpenFile(faulty.At("file"), Syscall.ReadWrite);
        int appended = Syscall.OpenFile(faulty.At("other"), Syscall.WriteOnly | Syscall.Append);
        try
        {
            faulty.Disk.Fail(DiskCall.Flush, Errno.EIO);
            Should.Throw<SyscallException>(() => faulty.WriteAndSync("lost", content));
            faulty.IsReadOnly.ShouldBeTrue();
            faulty.Disk.Heal(); // The disk would take it: it is the volume that does not.

            foreach ((string call, Action change) in Changes(faulty, file, appended))
            {
                Should.Throw<SyscallException>(change, call).Errno.ShouldBe(SyscallException.ReadOnlyFileSystem, call);
            }

            Syscall.CloseFile(file); // Nothing was taken that close(2) could fail to store.
            file = -1;
            File.ReadAllBytes(faulty.At("file")).ShouldBe(content);
            File.ReadAllBytes(faulty.At("other")).ShouldBe(content);
        }
        finally
        {
            Syscall.DropFile(file);
            Syscall.DropFile(appended);
        }

        faulty.UnmountFaulted();
        faulty.Volume.Mount();
        File.ReadAllBytes(faulty.At("file")).ShouldBe(content);
        faulty.Volume.Check();
    }

    [Fact]
    public async Task A_disk_that_fails_one_read_fails_the_program_s_read_and_nothing_else()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(300_000);
        faulty.WriteAndSync("file", content);
        faulty.Volume.Remount();
        faulty.Disk.Fail(DiskCall.Read, Errno.EIO);

        Programs.TryRun(new ProgramStart("cat", faulty.At("file"))).Error.ShouldContain("Input/output error");

        faulty.Disk.Heal();
        File.ReadAllBytes(faulty.At("file")).ShouldBe(content);
        faulty.WriteAndSync("new", content);
        faulty.IsReadOnly.ShouldBeFalse();
        faulty.Volume.Check();
    }

    [Fact]
    public async Task A_full_disk_refuses_growth_says_so_and_takes_more_when_it_has_room()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(1 << 20);
        faulty.Disk.Fail(DiskCall.Allocate, Errno.ENOSPC);
        int written = 0;
        SyscallException told = Should.Throw<SyscallException>(() =>
        {
            for (; written < 200; written++)
            {
                faulty.WriteAndSync($"file{written}", content);
            }
        });

        told.Errno.ShouldBe(SyscallException.NoSpace);
        faulty.IsReadOnly.ShouldBeFalse();
        faulty.Disk.Heal();
        faulty.WriteAndSync("more", content);
        for (int i = 0; i < written; i++)
        {
            File.ReadAllBytes(faulty.At($"file{i}")).AsSpan().SequenceEqual(content).ShouldBeTrue($"file{i}");
        }

        faulty.Volume.Check();
    }

    [Fact]
    public async Task A_disk_that_stalls_holds_up_who_syncs_and_nobody_else_and_the_log_says_so()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(100_000);
        faulty.WriteAndSync("file", content);
        using ManualResetEventSlim stalled = faulty.Disk.Stall(DiskCall.Flush);
        Task syncing = Task.Run(() => faulty.WriteAndSync("waits", content), TestContext.Current.CancellationToken);
        stalled.Wait(s_patience, TestContext.Current.CancellationToken).ShouldBeTrue();

        File.ReadAllBytes(faulty.At("file")).ShouldBe(content);
        Directory.GetFileSystemEntries(faulty.Volume.Path).ShouldContain(faulty.At("file")); // A change would need the disk: this host lets no write pass a flush of the same file.
        faulty.Volume.Stats();
        syncing.IsCompleted.ShouldBeFalse();
        Eventually(() => faulty.IsLogged("medium_stalled", LoggedAs(DiskCall.Flush)));

        faulty.Disk.Heal();
        await syncing.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Eventually(() => faulty.IsLogged("medium_resumed", LoggedAs(DiskCall.Flush)));
        faulty.Volume.Check();
    }

    /// <summary>Who else would go on cannot be seen: this host holds up every call for a file that is being written.</summary>
    [Fact]
    public async Task A_write_that_stalls_holds_up_who_syncs_and_the_log_says_so()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(100_000);
        using ManualResetEventSlim stalled = faulty.Disk.Stall(DiskCall.Write);
        Task syncing = Task.Run(() => faulty.WriteAndSync("waits", content), TestContext.Current.CancellationToken);
        stalled.Wait(s_patience, TestContext.Current.CancellationToken).ShouldBeTrue();
        Eventually(() => faulty.IsLogged("medium_stalled", LoggedAs(DiskCall.Write)));
        syncing.IsCompleted.ShouldBeFalse();

        faulty.Disk.Heal();
        await syncing.WaitAsync(s_patience, TestContext.Current.CancellationToken);
        Eventually(() => faulty.IsLogged("medium_resumed", LoggedAs(DiskCall.Write)));
        File.ReadAllBytes(faulty.At("waits")).ShouldBe(content);
        faulty.Volume.Check();
    }

    [Fact]
    public async Task A_read_that_stalls_holds_up_who_reads_there_and_nobody_else_and_the_log_says_so()
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        byte[] content = Content(300_000);
        faulty.WriteAndSync("far", content);
        faulty.WriteAndSync("near", content);
        faulty.Volume.Remount();
        File.ReadAllBytes(faulty.At("near")).ShouldBe(content);
        Directory.GetFileSystemEntries(faulty.Volume.Path).Length.ShouldBe(2);
        using ManualResetEventSlim stalled = faulty.Disk.Stall(DiskCall.Read);
        Task<byte[]> reading = Task.Run(() => File.ReadAllBytes(faulty.At("far")), TestContext.Current.CancellationToken);
        stalled.Wait(s_patience, TestContext.Current.CancellationToken).ShouldBeTrue();

        File.ReadAllBytes(faulty.At("near")).ShouldBe(content);
        Directory.GetFileSystemEntries(faulty.Volume.Path).Length.ShouldBe(2);
        faulty.WriteAndSync("near", Content(1000));
        faulty.Volume.Stats();
        reading.IsCompleted.ShouldBeFalse();
        Eventually(() => faulty.IsLogged("medium_stalled", LoggedAs(DiskCall.Read)));

        faulty.Disk.Heal();
        (await reading.WaitAsync(s_patience, TestContext.Current.CancellationToken)).ShouldBe(content);
        Eventually(() => faulty.IsLogged("medium_resumed", LoggedAs(DiskCall.Read)));
        faulty.Volume.Check();
    }

    /// <summary>One call after the other fails, once, under a program that syncs file after file; afterwards each file whose sync was acknowledged is there.</summary>
    [Fact]
    public async Task Whichever_call_fails_nothing_synced_is_lost()
    {
        int rounds = 0;
        foreach (DiskCall call in new[] { DiskCall.Write, DiskCall.Flush, DiskCall.Read })
        {
            for (int nth = 1; nth <= CampaignSize.Of(3, 60); nth += CampaignSize.Of(2, 1))
            {
                foreach (Errno errno in CampaignSize.IsFull ? new[] { Errno.EIO, Errno.ENOSPC } : [Errno.EIO])
                {
                    await RunRoundAsync(call, nth, errno);
                    rounds++;
                }
            }
        }

        output.WriteLine($"{rounds} rounds.");
    }

    private async Task RunRoundAsync(DiskCall call, int nth, Errno errno)
    {
        await using FaultyVolume faulty = FaultyVolume.Mounted();
        var synced = new List<(string Name, byte[] Content)>();
        int refused = 0;
        faulty.Disk.Fail(call, errno, nth, times: 1);
        for (int i = 0; i < 30; i++)
        {
            byte[] content = Content(1000 + (i % 5 * 30_000));
            try
            {
                faulty.WriteAndSync($"file{i}", content);
                synced.Add(($"file{i}", content));
            }
            catch (SyscallException)
            {
                refused++;
            }
        }

        faulty.UnmountFaulted();
        faulty.Disk.Heal();
        faulty.Volume.Mount();
        foreach ((string name, byte[] content) in synced)
        {
            File.ReadAllBytes(faulty.At(name)).AsSpan().SequenceEqual(content).ShouldBeTrue($"{call} {nth} {errno}: {name} was synced");
        }

        faulty.Volume.Check();
        output.WriteLine($"{call} {nth} {errno}: {synced.Count} synced, {refused} refused.");
    }

    private static (string Call, Action Change)[] Changes(FaultyVolume faulty, int file, int appended) =>
    [
        ("write", () => Syscall.WriteAll(appended, "more"u8)),
        ("pwrite", () => Syscall.WriteAt(file, "more"u8, 5)),
        ("ftruncate to less", () => Syscall.Resize(file, 100)),
        ("ftruncate to more", () => Syscall.Resize(file, 100_000)),
        ("fallocate", () => Syscall.Punch(file, 0, 4096)),
        ("copy_file_range", () => CopyWithin(faulty, file)),
        ("open for writing", () => Syscall.DropFile(Syscall.OpenFile(faulty.At("file"), Syscall.WriteOnly))),
        ("open with O_TRUNC", () => Syscall.DropFile(Syscall.OpenFile(faulty.At("file"), Syscall.WriteOnly | Syscall.Truncate))),
        ("open with O_CREAT", () => Syscall.DropFile(Syscall.OpenFile(faulty.At("new"), Syscall.WriteOnly | Syscall.Create))),
        ("mkdir", () => Syscall.MakeDirectory(faulty.At("new"))),
        ("rmdir", () => Syscall.RemoveDirectory(faulty.At("directory"))),
        ("link", () => Syscall.MakeLink(faulty.At("file"), faulty.At("new"))),
        ("unlink", () => Syscall.Unlink(faulty.At("file"))),
        ("rename", () => Syscall.Rename(faulty.At("file"), faulty.At("new"))),
        ("chmod", () => Syscall.ChangeMode(faulty.At("file"), 0)),
    ];

    private static void CopyWithin(FaultyVolume faulty, int to)
    {
        int from = Syscall.OpenFile(faulty.At("other"), Syscall.ReadOnly);
        try
        {
            Syscall.CopyAll(from, 0, to);
        }
        finally
        {
            Syscall.DropFile(from);
        }
    }

    private static string LoggedAs(DiskCall call) => JsonNamingPolicy.SnakeCaseLower.ConvertName(call.ToString());

    private static void Eventually(Func<bool> condition)
    {
        SpinWait.SpinUntil(condition, s_patience).ShouldBeTrue();
    }

    private static byte[] Content(int length)
    {
        byte[] content = new byte[length];
        new Random(length).NextBytes(content);
        return content;
    }
}
