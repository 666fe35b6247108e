using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>statfs(2), getdents(2) and msync(2).</summary>
internal static class FileSystemCases
{
    private const int Page = 4096;
    private const int BlockSizeWord = 1;
    private const int BlocksWord = 2;
    private const int FreeWord = 3;
    private const int AvailableWord = 4;
    private const int NameLengthWord = 8;

    [Clause("statfs.2:values", "Names have up to 255 bytes; available blocks are at most the free ones, and those at most all; fstatfs says the same.")]
    public static void Numbers(Room room)
    {
        long[] numbers = Kernel.StatFileSystem(room.Path);
        numbers[NameLengthWord].ShouldBe(255);
        numbers[BlockSizeWord].ShouldBe(Page);
        numbers[AvailableWord].ShouldBeInRange(1, numbers[FreeWord]);
        numbers[FreeWord].ShouldBeInRange(1, numbers[BlocksWord]);
        Kernel.StatFileSystem(room.Open(".", OpenFlag.Directory))[..(BlocksWord + 1)].ShouldBe(numbers[..(BlocksWord + 1)]);
    }

    [Clause("statfs.2:ENOENT", "The path does not exist, leads through a file, a circle, or a name that is too long.")]
    public static void LeadsNowhere(Room room)
    {
        room.File("file");
        Kernel.MakeLink("circle", room["circle"]);
        Expect.Errno(Errno.ENOENT, () => Kernel.StatFileSystem(room["absent"]));
        Expect.Errno(Errno.ENOTDIR, () => Kernel.StatFileSystem(room["file/a"]));
        Expect.Errno(Errno.ELOOP, () => Kernel.StatFileSystem(room["circle"]));
        Expect.Errno(Errno.ENAMETOOLONG, () => Kernel.StatFileSystem(room[new string('x', 256)]));
    }

    [Clause("getdents.2:ENOENT", "The directory has been removed.")]
    public static void ListsRemoved(Room room)
    {
        int directory = Opened(room);
        Kernel.RemoveDirectory(room["d"]);
        Expect.Errno(Errno.ENOENT, () => Kernel.GetEntries(directory, Page));
    }

    [Clause("getdents.2:ENOTDIR", "The descriptor does not refer to a directory.")]
    public static void ListsFile(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.ENOTDIR, () => Kernel.GetEntries(room.Open("a", OpenFlag.ReadOnly), Page));
    }

    [Clause("getdents.2:EINVAL", "The buffer is too small for an entry; it can be read with a larger one.")]
    public static void ListsIntoLittle(Room room)
    {
        int directory = Opened(room);
        Expect.Errno(Errno.EINVAL, () => Kernel.GetEntries(directory, 8));
        Kernel.GetEntries(directory, Page).ShouldBeGreaterThan(0);
    }

    [Clause("msync.2:MS_SYNC", "What was stored through a mapping is the file system's when it returns: a read past the cache has it.")]
    public static void Synchronizes(Room room) => WithMapping(room, (file, map) =>
    {
        System.Runtime.InteropServices.Marshal.WriteByte(map, 1, (byte)'X');
        Kernel.SyncMap(map, Page);
        Kernel.ReadAligned(room.Open("a", OpenFlag.ReadOnly | OpenFlag.Direct), Page, 0)[..3].ShouldBe("aXa"u8.ToArray());
        Kernel.Stat(file).Size.ShouldBe((ulong)Page);
    });

    [Clause("msync.2:EINVAL", "Both MS_SYNC and MS_ASYNC, other bits, or an address that begins no page.")]
    public static void SynchronizesWrongly(Room room) => WithMapping(room, (_, map) =>
    {
        Expect.Errno(Errno.EINVAL, () => Kernel.SyncMap(map, Page, Kernel.SyncMapped | Kernel.AsyncMapped));
        Expect.Errno(Errno.EINVAL, () => Kernel.SyncMap(map, Page, 8));
        Expect.Errno(Errno.EINVAL, () => Kernel.SyncMap(map + 1, Page));
        Kernel.SyncMap(map, Page, Kernel.AsyncMapped);
    });

    private static void WithMapping(Room room, Action<int, nint> action)
    {
        room.File("a", new string('a', Page));
        int file = room.Open("a", OpenFlag.ReadWrite);
        nint map = Kernel.Map(file, Page, 3, 1);
        try
        {
            action(file, map);
        }
        finally
        {
            Kernel.Unmap(map, Page);
        }
    }

    private static int Opened(Room room)
    {
        room.Directory("d");
        return room.Open("d", OpenFlag.Directory);
    }
}
