using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>EFBIG, EMFILE and EMLINK: limits of a process and of the file system.</summary>
internal static class LimitCases
{
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;

    /// <summary>ext4's, and Tessera's (FsLimits.MaxLinks).</summary>
    private const int MaxLinks = 65000;

    [Clause("write.2:EFBIG", "A write at or past the process's limit of file size, SIGXFSZ being ignored; one that crosses it is short.")]
    public static void WritesBeyondLimit(Room room)
    {
        using OtherProcess other = Limited(room, out int file);
        other.Do($"os.pwrite({file}, b'x' * 200, 900)").ShouldBe(100);
        Expect.Errno(Errno.EFBIG, () => other.Do($"os.pwrite({file}, b'x', 1000)"));
        Kernel.Stat(room["a"]).Size.ShouldBe(1000UL);
    }

    [Clause("truncate.2:EFBIG", "A length larger than the process's limit; the file is as it was.")]
    public static void TruncatesBeyondLimit(Room room)
    {
        using OtherProcess other = Limited(room, out int file);
        Expect.Errno(Errno.EFBIG, () => other.Do($"os.ftruncate({file}, 1001) or 0"));
        Kernel.Stat(room["a"]).Size.ShouldBe(0UL);
        other.Do($"os.ftruncate({file}, 1000) or 0");
    }

    [Clause("fallocate.2:EFBIG-limit", "A range over the process's limit; the file is as it was.")]
    public static void AllocatesBeyondLimit(Room room)
    {
        using OtherProcess other = Limited(room, out int file);
        Expect.Errno(Errno.EFBIG, () => other.Do($"os.posix_fallocate({file}, 0, 1001) or 0"));
        Kernel.Stat(room["a"]).Size.ShouldBe(0UL);
    }

    [Clause("write.2:largest-offset", "The last byte below the largest offset can be written and read; no byte at it.")]
    public static void LargestOffset(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        long largest = LargestOf(file);
        largest.ShouldBeGreaterThan(1L << 42);
        Kernel.WriteAt(file, "x", largest - 1).ShouldBe(1);
        Kernel.Sync(file);
        Kernel.Stat(file).Size.ShouldBe((ulong)largest);
        Kernel.ReadAt(file, 1, largest - 1).ShouldBe("x");
        Should.Throw<SyscallException>(() => Kernel.WriteAt(file, "x", largest)).Errno.ShouldBeOneOf(Errno.EFBIG, Errno.EINVAL);
        Kernel.Stat(file).Size.ShouldBe((ulong)largest);
        Kernel.Truncate(file, 0);
    }

    [Clause("truncate.2:largest", "A file grows to the largest offset, costs nothing, and shrinks again.")]
    public static void TruncatesToLargest(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        long largest = LargestOf(file);
        Kernel.Truncate(file, largest);
        Kernel.Stat(file).ShouldSatisfyAllConditions(it => it.Size.ShouldBe((ulong)largest), it => it.Blocks.ShouldBeLessThan(64UL));
        Kernel.ReadAt(file, 1, largest - 1).ShouldBe("\0");
        Kernel.Truncate(file, 1);
        Kernel.Stat(file).Size.ShouldBe(1UL);
    }

    [Clause("fallocate.2:EFBIG", "Offset and length together are beyond the largest offset.")]
    public static void AllocatesBeyondLargest(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Expect.Errno(Errno.EFBIG, () => Kernel.Allocate(file, 0, long.MaxValue - 1, 2));
    }

    [Clause("fallocate.2:EINVAL-offset", "A negative offset or length.")]
    public static void AllocatesBefore(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Expect.Errno(Errno.EINVAL, () => Kernel.Allocate(file, 0, -1, 1));
        Expect.Errno(Errno.EINVAL, () => Kernel.Allocate(file, 0, 0, -1));
    }

    [Clause("fallocate.2:ESPIPE", "A FIFO.")]
    public static void AllocatesFifo(Room room)
    {
        Kernel.MakeNode(room["p"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.ESPIPE, () => Kernel.Allocate(room.Open("p", OpenFlag.ReadWrite), 0, 0, 1));
    }

    [Clause("fallocate.2:COLLAPSE_RANGE", "FALLOC_FL_COLLAPSE_RANGE takes a range of whole blocks out of a file.")]
    public static void Collapses(Room room)
    {
        int file = Blocks(room);
        Kernel.Allocate(file, 8, 4096, 4096);
        Kernel.Stat(file).Size.ShouldBe(8192UL);
        Kernel.ReadAt(file, 1, 4096).ShouldBe("c");
    }

    [Clause("fallocate.2:INSERT_RANGE", "FALLOC_FL_INSERT_RANGE puts a hole of whole blocks into a file.")]
    public static void Inserts(Room room)
    {
        int file = Blocks(room);
        Kernel.Allocate(file, 32, 4096, 4096);
        Kernel.Stat(file).Size.ShouldBe(16384UL);
        Kernel.ReadAt(file, 1, 4096).ShouldBe("\0");
        Kernel.ReadAt(file, 1, 8192).ShouldBe("b");
    }

    [Clause("open.2:EMFILE", "The process has its limit of descriptors open; no file is made.")]
    public static void TooManyOpen(Room room)
    {
        using var other = new OtherProcess();
        other.Do("resource.setrlimit(resource.RLIMIT_NOFILE, (20, 20)) or 0");
        Expect.Errno(Errno.EMFILE, () => other.Do($"[os.open('{room.Path}/%d' % n, 0o101, 0o644) for n in range(30)][0]"));
        Directory.GetFiles(room.Path).Length.ShouldBe(Enumerable.Range(0, 30).TakeWhile(number => File.Exists(room[$"{number}"])).Count());
        Directory.GetFiles(room.Path).Length.ShouldBeLessThan(20);
    }

    [Clause("link.2:EMLINK", "The file already has the greatest number of links: 65,000 on ext4 and on Tessera. One removed, one can be made.")]
    public static void TooManyLinks(Room room)
    {
        string first = room.File("a");
        for (int links = 1; links < MaxLinks; links++)
        {
            Kernel.Link(first, room[$"{links}"]);
        }

        Kernel.Stat(first).Links.ShouldBe((uint)MaxLinks);
        Expect.Errno(Errno.EMLINK, () => Kernel.Link(first, room["more"]));
        Kernel.Unlink(room["1"]);
        Kernel.Link(first, room["more"]);
    }

    [Clause("mkdir.2:EMLINK", "A directory takes more than 65,000 subdirectories: none of these file systems limits them. st_nlink counts them, or is 1 where it cannot (ext4).")]
    public static void ManySubdirectories(Room room)
    {
        for (int made = 0; made <= MaxLinks; made++)
        {
            Kernel.MakeDirectory(room[$"{made}"]);
        }

        Kernel.Stat(room.Path).Links.ShouldBeOneOf(1U, MaxLinks + 3U);
        Kernel.RemoveDirectory(room["0"]);
        Kernel.Stat(room.Path).Links.ShouldBeOneOf(1U, MaxLinks + 2U);
    }

    [Clause("truncate.2:EFBIG-largest", "A length beyond the largest a file can have; the file is as it was.")]
    public static void TruncatesBeyondLargest(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        long largest = LargestOf(file);
        if (largest < long.MaxValue)
        {
            Should.Throw<SyscallException>(() => Kernel.Truncate(file, largest + 1)).Errno.ShouldBeOneOf(Errno.EFBIG, Errno.EINVAL);
        }

        Kernel.Stat(file).Size.ShouldBe(0UL);
    }

    [Clause("copy_file_range.2:EFBIG", "The target's offset is at or past the process's limit of file size.")]
    public static void CopiesBeyondLimit(Room room)
    {
        room.File("from", "abc");
        using OtherProcess other = Limited(room, out int file);
        int from = other.Open(room["from"]);
        Expect.Errno(Errno.EFBIG, () => other.Do($"os.copy_file_range({from}, {file}, 3, 0, 1000)"));
        Kernel.Stat(room["a"]).Size.ShouldBe(0UL);
    }

    [Clause("mount.2:EBUSY", "It cannot be remounted read-only: it still holds files open for writing. So no write(2) meets a file system that was made read-only.")]
    public static void RemountsOpen(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        string mount = Programs.Run("/", "findmnt", "-n", "-o", "TARGET", "-T", room.Path).Trim();
        ProgramResult result = Programs.TryRun(new ProgramStart("mount", "-i", "-o", "remount,ro", mount));
        result.ExitCode.ShouldNotBe(0);
        result.Error.ShouldContain("busy");
        Kernel.Write(file, "x");
    }

    /// <summary>lseek(2) refuses what is beyond it.</summary>
    private static long LargestOf(int file)
    {
        long possible = 0;
        for (int bit = 62; bit >= 0; bit--)
        {
            long offset = possible | (1L << bit);
            possible = Import.lseek(file, offset, Kernel.SeekSet) == offset ? offset : possible;
        }

        return possible;
    }

    /// <summary>A process that may write a thousand bytes into a file.</summary>
    private static OtherProcess Limited(Room room, out int file)
    {
        room.File("a");
        var other = new OtherProcess();
        file = other.Open(room["a"]);
        other.Do("resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000)) or 0");
        return other;
    }

    private static int Blocks(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, string.Concat("abc".Select(letter => new string(letter, 4096))));
        return file;
    }
}
