using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>ENOSPC: a file system that is full refuses, does nothing by halves, and lets itself be emptied.</summary>
internal static class SpaceCases
{
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;

    [Clause("write.2:ENOSPC", "There is no room; what was accepted is there.", Ground = Ground.Small)]
    public static void Writes(Room room) => FullPlace.WithData(room, accepted =>
    {
        Kernel.Stat(room["big"]).Size.ShouldBe((ulong)accepted);
        AllBytes(room["big"]).ShouldBe(accepted);
    });

    [Clause("unlink.2:full", "A full file system can delete, and the room comes back: as much can be written again.", Ground = Ground.Small)]
    public static void Deletes(Room room)
    {
        long first = 0;
        FullPlace.WithData(room, accepted => first = accepted);
        long second = 0;
        FullPlace.WithData(room, accepted => second = accepted);
        second.ShouldBeGreaterThan(first * 9 / 10);
    }

    [Clause("truncate.2:full", "A full file system can truncate, and the room comes back.", Ground = Ground.Small)]
    public static void Truncates(Room room) => FullPlace.WithData(room, accepted =>
    {
        int file = room.Open("big", OpenFlag.WriteOnly);
        Kernel.Truncate(file, accepted / 2);
        Kernel.Sync(file);
        Kernel.Write(room.Open("other", ReadWrite, Mode.File), new byte[accepted / 8]).ShouldBe((int)(accepted / 8));
    });

    [Clause("rename.2:full", "A full file system can rename, also over a file.", Ground = Ground.Small)]
    public static void Renames(Room room)
    {
        room.File("a", "content");
        room.File("b", "other");
        FullPlace.WithData(room, _ =>
        {
            Kernel.Rename(room["a"], room["b"]);
            Kernel.ReadFile(room["b"]).ShouldBe("content");
        });
    }

    [Clause("chmod.2:full", "A full file system can change modes, owners and times.", Ground = Ground.Small)]
    public static void Changes(Room room)
    {
        room.File("a");
        FullPlace.WithData(room, _ =>
        {
            Kernel.ChangeMode(room["a"], 0x180);
            Kernel.ChangeOwner(room["a"], 5, 6);
            Kernel.SetTimes(room["a"], new TimeStamp(1, 0), new TimeStamp(2, 0));
            Kernel.Stat(room["a"]).ShouldSatisfyAllConditions(it => it.Bits.ShouldBe(0x180U), it => it.Uid.ShouldBe(5U), it => it.Modified.Seconds.ShouldBe(2));
        });
    }

    [Clause("rmdir.2:full", "A full file system can remove directories.", Ground = Ground.Small)]
    public static void RemovesDirectory(Room room)
    {
        room.Directory("d");
        FullPlace.WithData(room, _ => Kernel.RemoveDirectory(room["d"]));
    }

    [Clause("read.2:full", "A full file system can be read, and listed.", Ground = Ground.Small)]
    public static void Reads(Room room)
    {
        room.File("a", "content");
        FullPlace.WithData(room, _ =>
        {
            Kernel.ReadFile(room["a"]).ShouldBe("content");
            Directory.GetFiles(room.Path).Length.ShouldBe(2);
        });
    }

    [Clause("ftruncate.2:full", "A file grows sparsely without room.", Ground = Ground.Small)]
    public static void Grows(Room room)
    {
        room.File("a", "abc");
        FullPlace.WithData(room, _ =>
        {
            Kernel.Truncate(room["a"], 1 << 30);
            Kernel.Stat(room["a"]).Size.ShouldBe(1UL << 30);
        });
    }

    [Clause("fallocate.2:ENOSPC", "There is not that much room; the size stays.", Ground = Ground.Small)]
    public static void Allocates(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadWrite);
        Expect.Errno(Errno.ENOSPC, () => Kernel.Allocate(file, Kernel.KeepSize, 0, 1L << 32));
        Kernel.Stat(file).Size.ShouldBe(3UL);
        Kernel.ReadAt(file, 10, 0).ShouldBe("abc");
        Kernel.Truncate(file, 0);
    }

    [Clause("copy_file_range.2:ENOSPC", "The target has no room: ENOSPC, unless the copy shares its blocks and needs none; the source is as it was.", Ground = Ground.Small)]
    public static void Copies(Room room) => FullPlace.WithData(room, accepted =>
    {
        int from = room.Open("big", OpenFlag.ReadOnly);
        int to = room.Open("copy", ReadWrite, Mode.File);
        Kernel.Unlink(room["copy"]);
        long copied = 0;
        try
        {
            for (long step = 1; step > 0; copied += step)
            {
                step = Kernel.CopyRange(from, copied, to, copied, FullPlace.Piece);
            }

            copied.ShouldBe(accepted);
            Kernel.ReadAt(to, 1, accepted - 1).ShouldBe("x");
        }
        catch (SyscallException failure)
        {
            failure.Errno.ShouldBe(Errno.ENOSPC);
        }

        AllBytes(room["big"]).ShouldBe(accepted);
    });

    [Clause("open.2:ENOSPC", "No room for another name; the name is not there, and when others are gone it can be.", Ground = Ground.Small)]
    public static void Creates(Room room)
    {
        FullPlace.WithNames(room, () => FullPlace.UntilFull(room, path => Kernel.Close(Kernel.Open(path, ReadWrite, Mode.File)), path => Kernel.Unlink(path)));
        room.File("a", "content");
        Kernel.ReadFile(room["a"]).ShouldBe("content");
    }

    [Clause("statvfs.3:f_bavail", "Available blocks go down as is written and up as is deleted.", Ground = Ground.Small)]
    public static void Counts(Room room)
    {
        // What earlier cases removed comes back in its own time, and may do so in between: then it is written again.
        const int Written = 4 * FullPlace.Piece;
        long written = 0;
        Racer.Await(() =>
        {
            long before = new DriveInfo(room.Path).AvailableFreeSpace;
            int file = Kernel.Open(room["a"], ReadWrite | OpenFlag.Truncate, Mode.File);
            Kernel.Write(file, new byte[Written]);
            Kernel.Sync(file);
            Kernel.Close(file);
            written = new DriveInfo(room.Path).AvailableFreeSpace;
            bool isLess = written <= before - (Written / 2);
            if (!isLess)
            {
                Kernel.Unlink(room["a"]);
            }

            return isLess;
        });
        Kernel.Unlink(room["a"]);
        Racer.Await(() => new DriveInfo(room.Path).AvailableFreeSpace >= written + (Written / 2));
    }

    /// <summary>How many bytes are there and are 'x'.</summary>
    private static long AllBytes(string path)
    {
        byte[] content = File.ReadAllBytes(path);
        return content.AsSpan().ContainsAnyExcept((byte)'x') ? -1 : content.Length;
    }
}
