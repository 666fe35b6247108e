using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media;
using Tessera.Core;

namespace Tessera.Container.Tests.Media;

/// <summary>What only a real host can show: modes, locks of other processes, kinds of file, and what is announced.</summary>
public sealed partial class FileMediumTests : IDisposable
{
    private const int Page = 4096;
    private const int Mebibyte = 1024 * 1024;

    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    private string Volume => directory.File("volume");

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Create_gives_a_file_that_only_its_owner_may_read()
    {
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        File.GetUnixFileMode(Volume).ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        new FileInfo(Volume).Length.ShouldBe(Mebibyte);
    }

    [Fact]
    public void Create_over_an_existing_file_fails_and_leaves_it_alone()
    {
        File.WriteAllText(Volume, "precious");
        FaultOf(() => FileMedium.Create(Volume, Mebibyte)).ShouldBe(MediumFault.Failed);
        File.ReadAllText(Volume).ShouldBe("precious");
    }

    [Fact]
    public void MoveInto_gives_a_file_its_name_and_takes_no_other_files()
    {
        string unfinished = directory.File("unfinished");
        File.WriteAllText(unfinished, "finished");
        File.WriteAllText(Volume, "precious");
        FaultOf(() => FileMedium.MoveInto(unfinished, Volume)).ShouldBe(MediumFault.Failed);
        File.ReadAllText(Volume).ShouldBe("precious");
        File.Delete(Volume);

        FileMedium.MoveInto(unfinished, Volume);

        File.ReadAllText(Volume).ShouldBe("finished");
        File.Exists(unfinished).ShouldBeFalse();
    }

    [Fact]
    public void Create_where_there_is_no_directory_is_not_found() =>
        FaultOf(() => FileMedium.Create(directory.File("none/volume"), Mebibyte)).ShouldBe(MediumFault.NotFound);

    [Fact]
    public void Open_of_nothing_is_not_found_and_creates_nothing()
    {
        FaultOf(() => FileMedium.Open(Volume)).ShouldBe(MediumFault.NotFound);
        File.Exists(Volume).ShouldBeFalse();
    }

    [Fact]
    public void Open_of_a_directory_or_a_device_of_another_kind_fails()
    {
        FaultOf(() => FileMedium.Open(directory.Path)).ShouldBe(MediumFault.Unsuitable);
        FaultOf(() => FileMedium.Open("/dev/null")).ShouldBe(MediumFault.Unsuitable);
        HostCommand.Run("mkfifo", directory.File("fifo")).ExitCode.ShouldBe(0);
        FaultOf(() => FileMedium.Open(directory.File("fifo"), new FileMediumOptions { ReadOnly = true })).ShouldBe(MediumFault.Unsuitable);
    }

    [Fact]
    public void Length_that_is_no_multiple_of_a_page_is_rounded_down()
    {
        File.WriteAllBytes(Volume, new byte[(3 * Page) + 100]);
        using FileMedium medium = FileMedium.Open(Volume);
        medium.Length.ShouldBe(3 * Page);
    }

    [Fact]
    public void Read_of_a_file_that_was_cut_short_meanwhile_is_truncated()
    {
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        HostCommand.Run("truncate", "--size=16484", Volume).ExitCode.ShouldBe(0);
        FaultOf(() => medium.Read(4 * Page, new byte[Page])).ShouldBe(MediumFault.Truncated);
        FaultOf(() => medium.Read(512, new byte[8 * Page])).ShouldBe(MediumFault.Truncated);
    }

    [Fact]
    public void Grow_takes_real_space_and_punch_gives_it_back()
    {
        using FileMedium medium = FileMedium.Create(Volume, 0);
        medium.Grow(4 * Mebibyte);
        AllocatedBytes().ShouldBeGreaterThanOrEqualTo(4 * Mebibyte);
        medium.Punch(Mebibyte, 2 * Mebibyte);
        medium.Flush();
        AllocatedBytes().ShouldBeInRange(2 * Mebibyte, 3 * Mebibyte);
        medium.Length.ShouldBe(4 * Mebibyte);
    }

    [Fact]
    public void Lock_held_by_another_process_is_in_use_and_its_pid_is_named()
    {
        FileMedium.Create(Volume, Mebibyte).Dispose();
        using Process holder = StartHolder("--exclusive");
        MediumException refused = Should.Throw<MediumException>(() => FileMedium.Open(Volume));
        refused.Fault.ShouldBe(MediumFault.InUse);
        refused.Message.ShouldContain($"process {holder.Id}");
        FaultOf(() => FileMedium.Open(Volume, new FileMediumOptions { ReadOnly = true })).ShouldBe(MediumFault.InUse);
        FileMedium.Open(Volume, new FileMediumOptions { ReadOnly = true, Locked = false }).Dispose();
        StopHolder(holder);
        FileMedium.Open(Volume).Dispose();
    }

    [Fact]
    public void Lock_shared_with_another_reader_lets_readers_in_and_no_writer()
    {
        FileMedium.Create(Volume, Mebibyte).Dispose();
        using Process holder = StartHolder("--shared");
        FaultOf(() => FileMedium.Open(Volume)).ShouldBe(MediumFault.InUse);
        FileMedium.Open(Volume, new FileMediumOptions { ReadOnly = true }).Dispose();
        StopHolder(holder);
    }

    [Fact]
    public void Lock_of_an_open_medium_keeps_another_process_out()
    {
        using (FileMedium medium = FileMedium.Create(Volume, Mebibyte))
        {
            HostCommand.Run("flock", "--nonblock", "--exclusive", Volume, "true").ExitCode.ShouldBe(1);
        }

        HostCommand.Run("flock", "--nonblock", "--exclusive", Volume, "true").ExitCode.ShouldBe(0);
    }

    [Fact]
    public void Lock_is_given_up_although_a_child_process_has_a_copy_of_the_descriptor()
    {
        FileMedium medium = FileMedium.Create(Volume, Mebibyte);

        // What fork(2) does between it and execve(2).
        List<SafeFileHandle> copies = [.. DescriptorsOf(Volume).Select(descriptor => new SafeFileHandle(Duplicate(descriptor), ownsHandle: true))];
        copies.ShouldNotBeEmpty();
        medium.Dispose();
        FileMedium.Open(Volume).Dispose();
        copies.ForEach(copy => copy.Dispose());
    }

    [Fact]
    public void Direct_write_does_not_stay_in_the_page_cache_and_a_cached_one_does()
    {
        using FileMedium medium = FileMedium.Create(Volume, 2 * Mebibyte);
        Assert.SkipUnless(medium.IsDirect, "The file system of the temporary directory has no O_DIRECT.");
        medium.Write(0, new AlignedBuffer(Mebibyte).Span, WriteMode.Direct);
        CachedPages().ShouldBe(0);
        medium.Write(Mebibyte, new byte[4 * Page], WriteMode.Cached);
        CachedPages().ShouldBe(4);
    }

    [Fact]
    public void Only_what_can_reach_the_disk_is_announced()
    {
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        Blocking.Register(CountAnnouncement);
        announcements = 0;
        medium.Write(0, new byte[Page], WriteMode.Cached);
        announcements.ShouldBe(0);
        Action[] waiting =
        [
            () => medium.Write(0, new byte[Page], WriteMode.Direct),
            () => medium.Write(0, new byte[Page], WriteMode.Durable),
            () => medium.Read(0, new byte[Page]),
            medium.Flush,
            () => medium.Grow(2 * Mebibyte),
        ];
        foreach (Action wait in waiting)
        {
            int before = announcements;
            wait();
            announcements.ShouldBeGreaterThan(before);
        }
    }

    [ThreadStatic]
    private static int announcements;

    private static void CountAnnouncement(Wait wait) => announcements++;

    [Fact]
    public void Reads_and_writes_allocate_nothing()
    {
        const int Passes = 500;
        const int SmallestObject = 24;
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        var buffer = new AlignedBuffer(4 * Page);
        byte[] unaligned = GC.AllocateArray<byte>((4 * Page) + 1, pinned: true);
        UseEveryPath(medium, buffer, unaligned);
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Passes; i++)
        {
            UseEveryPath(medium, buffer, unaligned);
        }

        // A collection in between, for another test, counts what is left of this thread's 8 KiB as allocated.
        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBeLessThan(Passes * SmallestObject);
    }

    private static void UseEveryPath(FileMedium medium, AlignedBuffer aligned, byte[] unaligned)
    {
        medium.Write(0, aligned.Span, WriteMode.Cached);
        medium.Write(0, aligned.Span, WriteMode.Direct);
        medium.Write(0, unaligned.AsSpan(1), WriteMode.Direct);
        medium.Write(0, aligned.Span, WriteMode.Durable);
        medium.Read(0, aligned.Span);
        medium.Read(0, unaligned.AsSpan(1));
        medium.Read(100, unaligned);
        medium.Flush();
    }

    private static MediumFault FaultOf(Func<FileMedium> open) => FaultOf(() => open().Dispose());

    private static MediumFault FaultOf(Action action) => Should.Throw<MediumException>(action).Fault;

    private static IEnumerable<int> DescriptorsOf(string path) => Directory.EnumerateFiles("/proc/self/fd")
        .Where(link => new FileInfo(link).LinkTarget == path)
        .Select(link => int.Parse(Path.GetFileName(link), CultureInfo.InvariantCulture));

    [LibraryImport("libc", EntryPoint = "dup")]
    private static partial int Duplicate(int descriptor);

    private long AllocatedBytes() => 512 * long.Parse(HostCommand.Run("stat", "--format=%b", Volume).Output, CultureInfo.InvariantCulture);

    private int CachedPages() => int.Parse(HostCommand.Run("fincore", "--noheadings", "--output=PAGES", Volume).Output, CultureInfo.InvariantCulture);

    /// <summary>flock(1) holding the lock until its standard input ends.</summary>
    private Process StartHolder(string mode)
    {
        Process holder = HostCommand.Start("flock", mode, Volume, "sh", "-c", "echo held; read line");
        holder.StandardOutput.ReadLine().ShouldBe("held");
        return holder;
    }

    private static void StopHolder(Process holder)
    {
        holder.StandardInput.Close();
        holder.WaitForExit();
    }
}
