using System.Runtime.InteropServices;
using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>read(2), write(2), lseek(2), truncate(2), mmap(2), fsync(2).</summary>
internal static class DataCases
{
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;

    [Clause("read.2:EOF", "At or past the end of file a read returns zero.")]
    public static void ReadsEnd(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadOnly);
        Kernel.ReadAt(file, 10, 2).ShouldBe("c");
        Kernel.ReadAt(file, 10, 3).ShouldBe("");
        Kernel.ReadAt(file, 10, 1 << 20).ShouldBe("");
    }

    [Clause("read.2:EISDIR", "The descriptor refers to a directory.")]
    public static void ReadsDirectory(Room room) => Expect.Errno(Errno.EISDIR, () => Kernel.Read(room.Open(".", OpenFlag.ReadOnly), 1));

    [Clause("read.2:EBADF", "The descriptor is not open for reading.")]
    public static void ReadsWriteOnly(Room room) => Expect.Errno(Errno.EBADF, () => Kernel.Read(room.Open("a", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File), 1));

    [Clause("write.2:EBADF", "The descriptor is not open for writing.")]
    public static void WritesReadOnly(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EBADF, () => Kernel.Write(room.Open("a", OpenFlag.ReadOnly), "x"));
    }

    [Clause("read.2:offset", "Reads and writes of one description move one offset; pread and pwrite do not.")]
    public static void Offset(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, "abcdef");
        Kernel.WriteAt(file, "X", 0);
        Kernel.ReadAt(file, 2, 1).ShouldBe("bc");
        Kernel.Seek(file, 0, Kernel.SeekCurrent).ShouldBe(6);
    }

    [Clause("write.2:hole", "Bytes between the old end and a write past it read as zeros.")]
    public static void WritesPastEnd(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, "a");
        Kernel.WriteAt(file, "b", 4);
        Kernel.ReadAt(file, 10, 0).ShouldBe("a\0\0\0b");
    }

    [Clause("write.2:visible", "A read that follows a write, by whichever descriptor, sees it.")]
    public static void SeesWrite(Room room)
    {
        int one = room.Open("a", ReadWrite, Mode.File);
        int two = room.Open("a", OpenFlag.ReadOnly);
        Kernel.Write(one, "abc");
        Kernel.ReadAt(two, 10, 0).ShouldBe("abc");
        Kernel.WriteAt(one, "X", 1);
        Kernel.ReadAt(two, 10, 0).ShouldBe("aXc");
    }

    [Clause("pread.2:EINVAL", "A negative offset.")]
    public static void NegativeOffset(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.ReadAt(room.Open("a", ReadWrite, Mode.File), 1, -1));

    [Clause("write.2:sparse", "A file sparse to terabytes: st_size is the offset, st_blocks what is stored.")]
    public static void Sparse(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.WriteAt(file, "x", 1L << 40);
        Kernel.Sync(file);
        Kernel.Stat(file).ShouldSatisfyAllConditions(it => it.Size.ShouldBe((1UL << 40) + 1), it => it.Blocks.ShouldBeLessThan(1024UL), it => it.Blocks.ShouldBeGreaterThan(0UL));
        Kernel.ReadAt(file, 2, (1L << 40) - 1).ShouldBe("\0x");
    }

    [Clause("lseek.2:SEEK_END", "SEEK_END counts from the end; past the end is allowed and changes nothing.")]
    public static void SeeksEnd(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadOnly);
        Kernel.Seek(file, -1, Kernel.SeekEnd).ShouldBe(2);
        Kernel.Seek(file, 100, Kernel.SeekEnd).ShouldBe(103);
        Kernel.Stat(file).Size.ShouldBe(3UL);
    }

    [Clause("lseek.2:EINVAL", "The resulting offset would be negative, or whence is not valid.")]
    public static void SeeksBefore(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Expect.Errno(Errno.EINVAL, () => Kernel.Seek(file, -1, Kernel.SeekSet));
        Expect.Errno(Errno.EINVAL, () => Kernel.Seek(file, 0, 99));
    }

    [Clause("lseek.2:SEEK_HOLE", "A hole is found, and the end of a file counts as one.")]
    public static void SeeksHole(Room room)
    {
        int file = SparseFile(room);
        Kernel.Seek(file, 0, Kernel.SeekHole).ShouldBe(1 << 20);
        Kernel.Seek(file, 2 << 20, Kernel.SeekHole).ShouldBe(3 << 20);
    }

    [Clause("lseek.2:SEEK_DATA", "Data behind a hole is found, and data where one stands.")]
    public static void SeeksData(Room room)
    {
        int file = SparseFile(room);
        Kernel.Seek(file, 5, Kernel.SeekData).ShouldBe(5);
        Kernel.Seek(file, 1 << 20, Kernel.SeekData).ShouldBe(2 << 20);
    }

    [Clause("lseek.2:ENXIO", "SEEK_DATA or SEEK_HOLE at or beyond the end; SEEK_DATA in a hole at the end.")]
    public static void SeeksNothing(Room room)
    {
        int file = SparseFile(room);
        Kernel.Truncate(file, 4 << 20);
        Expect.Errno(Errno.ENXIO, () => Kernel.Seek(file, 4 << 20, Kernel.SeekData));
        Expect.Errno(Errno.ENXIO, () => Kernel.Seek(file, 4 << 20, Kernel.SeekHole));
        Expect.Errno(Errno.ENXIO, () => Kernel.Seek(file, 3 << 20, Kernel.SeekData));
    }

    [Clause("truncate.2:shrink", "What is beyond the length is lost, and reads as zeros if the file grows again.")]
    public static void ShrinksAndGrows(Room room)
    {
        Kernel.Truncate(room.File("a", "abcdef"), 2);
        Kernel.ReadFile(room["a"]).ShouldBe("ab");
        Kernel.Truncate(room["a"], 5);
        Kernel.ReadFile(room["a"]).ShouldBe("ab\0\0\0");
    }

    [Clause("truncate.2:EISDIR", "The named file is a directory.")]
    public static void TruncatesDirectory(Room room) => Expect.Errno(Errno.EISDIR, () => Kernel.Truncate(room.Directory("a"), 0));

    [Clause("truncate.2:EINVAL", "A negative length, or a file that is neither regular nor a directory.")]
    public static void TruncatesNegative(Room room)
    {
        Expect.Errno(Errno.EINVAL, () => Kernel.Truncate(room.File("a"), -1));
        Kernel.MakeNode(room["f"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.EINVAL, () => Kernel.Truncate(room["f"], 0));
    }

    [Clause("truncate.2:EACCES", "The file is not writable by the user.")]
    public static void TruncateDenied(Room room)
    {
        room.File("a");
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, () => Kernel.Truncate(room["a"], 0)));
    }

    [Clause("ftruncate.2:EINVAL", "The descriptor is not open for writing.")]
    public static void TruncatesReadOnly(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EINVAL, () => Kernel.Truncate(room.Open("a", OpenFlag.ReadOnly), 0));
    }

    [Clause("truncate.2:offset", "The offset is not changed: a write after a cut leaves a hole.")]
    public static void KeepsOffset(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, "abc");
        Kernel.Truncate(file, 0);
        Kernel.Write(file, "d");
        Kernel.ReadAt(file, 10, 0).ShouldBe("\0\0\0d");
    }

    [Clause("fsync.2:directory", "A directory's descriptor can be synchronized.")]
    public static void SyncsDirectory(Room room)
    {
        room.File("a");
        int directory = room.Open(".", OpenFlag.Directory);
        Kernel.Sync(directory);
        Kernel.SyncData(directory);
    }

    [Clause("fsync.2:EINVAL", "The descriptor is of something that cannot be synchronized: a FIFO.")]
    public static void SyncsFifo(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.EINVAL, () => Kernel.Sync(room.Open("a", OpenFlag.ReadWrite)));
    }

    [Clause("mmap.2:MAP_SHARED", "What is stored through a shared mapping is read by read(2), and the other way round.")]
    public static void MapsShared(Room room)
    {
        room.File("a", "abcdef");
        int file = room.Open("a", OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, 4096, 3, 1);
        Marshal.WriteByte(map, 1, (byte)'X');
        Kernel.ReadAt(file, 10, 0).ShouldBe("aXcdef");
        Kernel.WriteAt(file, "Y", 2);
        Marshal.ReadByte(map, 2).ShouldBe((byte)'Y');
        Kernel.SyncMap(map, 4096);
        Kernel.Unmap(map, 4096);
        Kernel.ReadFile(room["a"]).ShouldBe("aXYdef");
    }

    [Clause("mmap.2:MAP_PRIVATE", "What is stored through a private mapping is not carried to the file.")]
    public static void MapsPrivate(Room room)
    {
        room.File("a", "abc");
        nint map = Kernel.Map(room.Open("a", OpenFlag.ReadOnly), 4096, 3, 2);
        Marshal.WriteByte(map, 1, (byte)'X');
        Marshal.ReadByte(map, 1).ShouldBe((byte)'X');
        Kernel.ReadFile(room["a"]).ShouldBe("abc");
        Kernel.Unmap(map, 4096);
    }

    [Clause("mmap.2:EACCES", "A shared writable mapping of a descriptor that is not open for reading and writing.")]
    public static void MapsDenied(Room room)
    {
        room.File("a", "abc");
        Expect.Errno(Errno.EACCES, () => Kernel.Map(room.Open("a", OpenFlag.ReadOnly), 4096, 3, 1));
        Expect.Errno(Errno.EACCES, () => Kernel.Map(room.Open("a", OpenFlag.WriteOnly), 4096, 1, 1));
    }

    [Clause("mmap.2:closed", "The mapping outlives its descriptor and the file's name.")]
    public static void MapOutlives(Room room)
    {
        room.File("a", "abc");
        int file = Kernel.Open(room["a"], OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, 4096, 3, 1);
        Kernel.Close(file);
        Kernel.Unlink(room["a"]);
        Marshal.ReadByte(map, 2).ShouldBe((byte)'c');
        Kernel.Unmap(map, 4096);
    }

    [Clause("fallocate.2:allocate", "Mode 0 grows the file with zeros; what is there stays.")]
    public static void Allocates(Room room)
    {
        int file = Some(room);
        Kernel.Allocate(file, 0, 0, 8192);
        Kernel.Stat(file).Size.ShouldBe(8192UL);
        Kernel.ReadAt(file, 5, 0).ShouldBe("abc\0\0");
    }

    [Clause("fallocate.2:KEEP_SIZE", "FALLOC_FL_KEEP_SIZE does not change the size.")]
    public static void AllocatesKeepingSize(Room room)
    {
        int file = Some(room);
        Kernel.Allocate(file, Kernel.KeepSize, 0, 8192);
        Kernel.Stat(file).Size.ShouldBe(3UL);
    }

    [Clause("fallocate.2:PUNCH_HOLE", "The range reads as zeros, its blocks are free, the size stays.")]
    public static void Punches(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, new string('x', 1 << 20));
        Kernel.Sync(file);
        ulong before = Kernel.Stat(file).Blocks;
        Kernel.Allocate(file, Kernel.PunchHole | Kernel.KeepSize, 1 << 18, 1 << 19);
        Kernel.Sync(file);
        Kernel.ReadAt(file, 3, (1 << 18) - 1).ShouldBe("x\0\0");
        Kernel.Stat(file).ShouldSatisfyAllConditions(it => it.Size.ShouldBe(1UL << 20), it => it.Blocks.ShouldBeLessThan(before));
    }

    [Clause("fallocate.2:ZERO_RANGE", "The range reads as zeros and the file may grow.")]
    public static void Zeroes(Room room)
    {
        int file = Some(room);
        Kernel.Allocate(file, Kernel.ZeroRange, 1, 9);
        Kernel.ReadAt(file, 20, 0).ShouldBe("a\0\0\0\0\0\0\0\0\0");
    }

    [Clause("fallocate.2:EBADF", "The descriptor is not open for writing.")]
    public static void AllocatesReadOnly(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EBADF, () => Kernel.Allocate(room.Open("a", OpenFlag.ReadOnly), 0, 0, 1));
    }

    [Clause("fallocate.2:EINVAL", "A length of zero.")]
    public static void AllocatesNothing(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.Allocate(Some(room), 0, 0, 0));

    [Clause("fallocate.2:EOPNOTSUPP-punch", "PUNCH_HOLE without KEEP_SIZE.")]
    public static void PunchesAndGrows(Room room) => Expect.Errno(Errno.EOPNOTSUPP, () => Kernel.Allocate(Some(room), Kernel.PunchHole, 0, 1));

    [Clause("copy_file_range.2:copies", "Bytes are copied between offsets of two files of one file system.")]
    public static void CopiesRange(Room room)
    {
        room.File("a", "abcdef");
        int to = room.Open("b", ReadWrite, Mode.File);
        Kernel.CopyRange(room.Open("a", OpenFlag.ReadOnly), 2, to, 1, 3).ShouldBe(3);
        Kernel.ReadAt(to, 10, 0).ShouldBe("\0cde");
    }

    [Clause("copy_file_range.2:EOF", "At or past the end of the source nothing is copied: 0.")]
    public static void CopiesPastEnd(Room room)
    {
        room.File("a", "abc");
        Kernel.CopyRange(room.Open("a", OpenFlag.ReadOnly), 3, room.Open("b", ReadWrite, Mode.File), 0, 10).ShouldBe(0);
    }

    [Clause("copy_file_range.2:EINVAL-overlap", "Source and target are the same file and the ranges overlap.")]
    public static void CopiesOverlap(Room room)
    {
        room.File("a", "abcdef");
        int file = room.Open("a", OpenFlag.ReadWrite);
        Expect.Errno(Errno.EINVAL, () => Kernel.CopyRange(file, 0, file, 2, 4));
        Kernel.CopyRange(file, 0, file, 3, 3).ShouldBe(3);
        Kernel.ReadAt(file, 10, 0).ShouldBe("abcabc");
    }

    [Clause("copy_file_range.2:EBADF-append", "The target is open with O_APPEND.")]
    public static void CopiesToAppend(Room room)
    {
        room.File("a", "abc");
        room.File("b");
        Expect.Errno(Errno.EBADF, () => Kernel.CopyRange(room.Open("a", OpenFlag.ReadOnly), 0, room.Open("b", OpenFlag.WriteOnly | OpenFlag.Append), 0, 1));
    }

    private static int Some(Room room)
    {
        room.File("a", "abc");
        return room.Open("a", OpenFlag.ReadWrite);
    }

    /// <summary>Data, hole and data, a MiB each.</summary>
    private static int SparseFile(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.WriteAt(file, new string('x', 1 << 20), 0);
        Kernel.WriteAt(file, new string('y', 1 << 20), 2 << 20);
        Kernel.Sync(file);
        return file;
    }
}
