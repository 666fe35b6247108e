using System.Runtime.InteropServices;
using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>O_DIRECT and mmap(2): bytes that pass the kernel's cache by, or are changed in it, are the same bytes.</summary>
internal static class DirectCases
{
    private const int Block = 4096;
    private const int Direct = OpenFlag.ReadWrite | OpenFlag.Create | OpenFlag.Direct;
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;
    private const int MapRead = 1;
    private const int MapReadWrite = 3;
    private const int Shared = 1;

    [Clause("open.2:O_DIRECT", "Aligned transfers past the cache read what they wrote.")]
    public static void ReadsBack(Room room)
    {
        int file = room.Open("a", Direct, Mode.File);
        byte[] content = Blocks('a', 'b', 'c');
        Kernel.WriteAligned(file, content, 0).ShouldBe(content.Length);
        Kernel.ReadAligned(file, content.Length, 0).ShouldBe(content);
        Kernel.WriteAligned(file, Blocks('x'), Block).ShouldBe(Block);
        Kernel.ReadAligned(file, content.Length, 0).ShouldBe(Blocks('a', 'x', 'c'));
    }

    [Clause("open.2:O_DIRECT-after-write", "A direct read sees what was written through the cache.")]
    public static void DirectAfterBuffered(Room room)
    {
        Kernel.Write(room.Open("a", ReadWrite, Mode.File), Blocks('a', 'b'));
        Kernel.ReadAligned(room.Open("a", Direct), 2 * Block, 0).ShouldBe(Blocks('a', 'b'));
    }

    [Clause("open.2:O_DIRECT-before-read", "A read through the cache sees what was written directly, though it read there before.")]
    public static void BufferedAfterDirect(Room room)
    {
        int buffered = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(buffered, Blocks('a', 'b'));
        Kernel.ReadAt(buffered, 1, Block).ShouldBe("b");
        Kernel.WriteAligned(room.Open("a", Direct), Blocks('x'), Block).ShouldBe(Block);
        Kernel.ReadAt(buffered, 2, Block - 1).ShouldBe("ax");
    }

    [Clause("open.2:O_DIRECT-mapped", "A direct read sees what was stored through a shared mapping.")]
    public static void DirectAfterMapped(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, Blocks('a'));
        nint map = Kernel.Map(file, Block, MapReadWrite, Shared);
        Marshal.WriteByte(map, 7, (byte)'X');
        Kernel.ReadAligned(room.Open("a", Direct), Block, 0)[7].ShouldBe((byte)'X');
        Kernel.Unmap(map, Block);
    }

    [Clause("open.2:O_DIRECT-end", "A direct read over the end is short; past it, zero.")]
    public static void DirectAtEnd(Room room)
    {
        Kernel.Write(room.Open("a", ReadWrite, Mode.File), new string('x', Block + 100));
        int file = room.Open("a", Direct);
        Kernel.ReadAligned(file, 4 * Block, 0).Length.ShouldBe(Block + 100);
        Kernel.ReadAligned(file, Block, 2 * Block).ShouldBeEmpty();
    }

    [Clause("open.2:O_DIRECT-hole", "A direct read of a hole is zeros, a direct write past the end leaves one.")]
    public static void DirectHole(Room room)
    {
        int file = room.Open("a", Direct, Mode.File);
        Kernel.WriteAligned(file, Blocks('x'), 64 * Block).ShouldBe(Block);
        Kernel.ReadAligned(file, Block, 63 * Block).ShouldBe(Blocks('\0'));
        Kernel.Stat(file).Size.ShouldBe(65UL * Block);
    }

    [Clause("open.2:O_DIRECT-append", "With O_APPEND a direct write goes to the end.")]
    public static void DirectAppends(Room room)
    {
        Kernel.Write(room.Open("a", ReadWrite, Mode.File), Blocks('a'));
        Kernel.WriteAligned(room.Open("a", Direct | OpenFlag.Append), Blocks('b'), 0).ShouldBe(Block);
        Kernel.ReadFile(room["a"]).ShouldBe(new string('a', Block) + new string('b', Block));
    }

    [Clause("write.2:clears-direct", "A direct write by an unprivileged task clears S_ISUID and S_ISGID as any other.")]
    public static void DirectWriteClears(Room room)
    {
        Kernel.Write(room.Open("a", ReadWrite, Mode.File), Blocks('a'));
        Kernel.ChangeMode(room["a"], Mode.SetUser | Mode.SetGroup | Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.WriteAligned(room.Open("a", OpenFlag.WriteOnly | OpenFlag.Direct), Blocks('b'), 0).ShouldBe(Block));
        Kernel.Stat(room["a"]).Bits.ShouldBe(Mode.All);
    }

    [Clause("fcntl.2:F_SETFL-O_DIRECT", "O_DIRECT and O_APPEND are set and cleared on an open file.")]
    public static void SetsFlags(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, Blocks('a'));
        Kernel.ChangeFileFlags(file, Kernel.FileFlags(file) | OpenFlag.Direct | OpenFlag.Append);
        (Kernel.FileFlags(file) & (OpenFlag.Direct | OpenFlag.Append)).ShouldBe(OpenFlag.Direct | OpenFlag.Append);
        Kernel.WriteAligned(file, Blocks('b'), 0).ShouldBe(Block);
        Kernel.ReadAligned(file, 2 * Block, 0).ShouldBe(Blocks('a', 'b'));
    }

    [Clause("pwritev2.2:RWF_APPEND", "RWF_APPEND puts one write at the end, whatever the offset; the descriptor stays as it is.")]
    public static void AppendsOnce(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.WriteOnly);
        Kernel.WriteAt(file, "d"u8.ToArray(), 0, flags: 0x10).ShouldBe(1);
        Kernel.WriteAt(file, "X", 0).ShouldBe(1);
        Kernel.ReadFile(room["a"]).ShouldBe("Xbcd");
    }

    [Clause("pwritev2.2:RWF_DSYNC", "RWF_DSYNC and RWF_SYNC write as any other write.")]
    public static void WritesDurably(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.WriteOnly);
        Kernel.WriteAt(file, "X"u8.ToArray(), 1, flags: 2).ShouldBe(1);
        Kernel.WriteAt(file, "Y"u8.ToArray(), 2, flags: 4).ShouldBe(1);
        Kernel.ReadFile(room["a"]).ShouldBe("aXY");
    }

    [Clause("mmap.2:two-descriptors", "Shared mappings of two descriptors show each other's stores.")]
    public static void TwoMappings(Room room)
    {
        room.File("a", "abc");
        nint one = Kernel.Map(room.Open("a", OpenFlag.ReadWrite), Block, MapReadWrite, Shared);
        nint two = Kernel.Map(room.Open("a", OpenFlag.ReadWrite), Block, MapReadWrite, Shared);
        Marshal.WriteByte(one, 0, (byte)'X');
        Marshal.ReadByte(two, 0).ShouldBe((byte)'X');
        Marshal.WriteByte(two, 1, (byte)'Y');
        Marshal.ReadByte(one, 1).ShouldBe((byte)'Y');
        Kernel.Unmap(one, Block);
        Kernel.Unmap(two, Block);
    }

    [Clause("mmap.2:other-process", "Another process reads what was stored, without any synchronization.")]
    public static void SeenByOthers(Room room)
    {
        room.File("a", "abc");
        using var other = new OtherProcess();
        int theirs = other.Open(room["a"]);
        nint map = Kernel.Map(room.Open("a", OpenFlag.ReadWrite), Block, MapReadWrite, Shared);
        Marshal.WriteByte(map, 1, (byte)'X');
        other.Do($"os.pread({theirs}, 1, 1)[0]").ShouldBe('X');
        other.Do($"os.pwrite({theirs}, b'Y', 2)").ShouldBe(1);
        Marshal.ReadByte(map, 2).ShouldBe((byte)'Y');
        Kernel.Unmap(map, Block);
    }

    [Clause("mmap.2:grown", "Pages of a file that grew since it was mapped show what was written to them.")]
    public static void Grown(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, 2 * Block, MapReadWrite, Shared);
        Kernel.WriteAt(file, "X", Block + 5);
        Marshal.ReadByte(map, Block + 5).ShouldBe((byte)'X');
        Kernel.Truncate(file, Block + 7);
        Marshal.WriteByte(map, Block + 6, (byte)'Y');
        Kernel.ReadAt(file, 10, Block + 5).ShouldBe("XY");
        Kernel.Unmap(map, 2 * Block);
    }

    [Clause("mmap.2:tail", "Beyond the end the last page is zero, and what is stored there is not carried to the file.")]
    public static void Tail(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, Block, MapReadWrite, Shared);
        Marshal.ReadByte(map, 100).ShouldBe((byte)0);
        Marshal.WriteByte(map, 100, (byte)'X');
        Kernel.SyncMap(map, Block);
        Kernel.Unmap(map, Block);
        Kernel.Stat(file).Size.ShouldBe(3UL);
        Kernel.Truncate(file, 200);
        Expect.Value("the byte past the end, after growth", "\0", Kernel.ReadAt(file, 1, 100));
    }

    [Clause("mmap.2:cut", "After a cut and a growth the mapping shows zeros.")]
    public static void CutUnderMapping(Room room)
    {
        Kernel.Write(room.Open("a", ReadWrite, Mode.File), Blocks('a', 'b'));
        int file = room.Open("a", OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, 2 * Block, MapReadWrite, Shared);
        Marshal.ReadByte(map, Block).ShouldBe((byte)'b');
        Kernel.Truncate(file, 10);
        Kernel.Truncate(file, 2 * Block);
        Marshal.ReadByte(map, 9).ShouldBe((byte)'a');
        Marshal.ReadByte(map, 10).ShouldBe((byte)0);
        Marshal.ReadByte(map, Block).ShouldBe((byte)0);
        Kernel.Unmap(map, 2 * Block);
    }

    [Clause("mmap.2:punched", "A punched hole shows in a mapping.")]
    public static void PunchedUnderMapping(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, Blocks('a', 'b', 'c'));
        nint map = Kernel.Map(file, 3 * Block, MapReadWrite, Shared);
        Marshal.WriteByte(map, Block + 1, (byte)'X');
        Kernel.Allocate(file, Kernel.PunchHole | Kernel.KeepSize, Block, Block);
        Marshal.ReadByte(map, Block + 1).ShouldBe((byte)0);
        Marshal.ReadByte(map, 2 * Block).ShouldBe((byte)'c');
        Kernel.Unmap(map, 3 * Block);
    }

    [Clause("fallocate.2:PUNCH_HOLE-partial", "Of blocks that a hole only touches its bytes are zero, and no others; also past the cache.")]
    public static void PunchesPartOfBlocks(Room room)
    {
        int file = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(file, Blocks('a', 'b', 'c'));
        Kernel.Sync(file);
        Kernel.Allocate(file, Kernel.PunchHole | Kernel.KeepSize, 100, (2 * Block) + 100);
        byte[] expected = Blocks('a', 'b', 'c');
        expected.AsSpan(100, (2 * Block) + 100).Clear();
        Kernel.ReadAligned(room.Open("a", Direct), expected.Length, 0).ShouldBe(expected);
    }

    [Clause("mmap.2:mtime", "A store through a shared mapping marks mtime, at the latest by msync.")]
    public static void MarksTime(Room room)
    {
        room.File("a", "abc");
        nint map = Kernel.Map(room.Open("a", OpenFlag.ReadWrite), Block, MapReadWrite, Shared);
        Kernel.SetTimes(room["a"], new TimeStamp(1000, 0), new TimeStamp(1000, 0));
        Marshal.WriteByte(map, 0, (byte)'X');
        Kernel.SyncMap(map, Block);
        Kernel.Stat(room["a"]).Modified.Seconds.ShouldBeGreaterThan(1000);
        Kernel.Unmap(map, Block);
    }

    [Clause("mmap.2:replaced", "A mapping keeps the old file when a rename replaces it.")]
    public static void Replaced(Room room)
    {
        room.File("a", "old");
        nint map = Kernel.Map(room.Open("a", OpenFlag.ReadWrite), Block, MapReadWrite, Shared);
        Kernel.Rename(room.File("b", "new"), room["a"]);
        Marshal.WriteByte(map, 0, (byte)'X');
        Marshal.ReadByte(map, 1).ShouldBe((byte)'l');
        Kernel.ReadFile(room["a"]).ShouldBe("new");
        Kernel.Unmap(map, Block);
    }

    [Clause("mmap.2:EINVAL", "A length of zero.")]
    public static void Nothing(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.Map(room.Open("a", ReadWrite, Mode.File), 0, MapRead, Shared));

    [Clause("mmap.2:ENODEV", "A directory cannot be mapped.")]
    public static void MapsDirectory(Room room) => Expect.Errno(Errno.ENODEV, () => Kernel.Map(room.Open(".", OpenFlag.Directory), Block, MapRead, Shared));

    private static byte[] Blocks(params char[] letters)
    {
        byte[] content = new byte[letters.Length * Block];
        for (int index = 0; index < content.Length; index++)
        {
            content[index] = (byte)letters[index / Block];
        }

        return content;
    }
}
