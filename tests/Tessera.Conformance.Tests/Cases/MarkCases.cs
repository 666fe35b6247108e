using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>inode(7): which change of a file marks which of its times.</summary>
internal static class MarkCases
{
    private const int NoDump = 0x40;
    private const int Block = 4096;

    [Clause("write.2:mtime", "A write marks mtime and ctime, not atime.")]
    public static void Writes(Room room)
    {
        int file = Opened(room, OpenFlag.WriteOnly);
        TimeMarks.Of(room, "a", () => Kernel.Write(file, "x")).ShouldBe("mc");
    }

    [Clause("write.2:zero", "A write of no bytes marks nothing.")]
    public static void WritesNothing(Room room)
    {
        int file = Opened(room, OpenFlag.WriteOnly);
        TimeMarks.Of(room, "a", () => Kernel.Write(file, "")).ShouldBe("");
    }

    [Clause("fifo.7:mtime", "A write into a FIFO marks its mtime and ctime (POSIX, write()).")]
    public static void WritesFifo(Room room)
    {
        Kernel.MakeNode(room["p"], Mode.Fifo | Mode.File);
        int pipe = room.Open("p", OpenFlag.ReadWrite);
        Expect.Value("a write into a FIFO marks", "mc", TimeMarks.Of(room, "p", () => Kernel.Write(pipe, "x")));
    }

    [Clause("truncate.2:mtime", "A change of size marks mtime and ctime.")]
    public static void Truncates(Room room) => Marks(room, "mc", () => Kernel.Truncate(room["a"], 1));

    [Clause("ftruncate.2:mtime-same-size", "ftruncate to the same size marks mtime and ctime too.")]
    public static void TruncatesToSame(Room room)
    {
        int file = Opened(room, OpenFlag.WriteOnly);
        TimeMarks.Of(room, "a", () => Kernel.Truncate(file, 3)).ShouldBe("mc");
    }

    [Clause("open.2:O_TRUNC-mtime", "O_TRUNC of a file marks mtime and ctime.")]
    public static void OpensTruncating(Room room) => Marks(room, "mc", () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));

    [Clause("fallocate.2:mtime", "Allocating marks mtime and ctime.")]
    public static void Allocates(Room room) => MarksOfAllocation(room, 0);

    [Clause("fallocate.2:KEEP_SIZE-mtime", "Allocating beyond the end does too.")]
    public static void AllocatesBeyond(Room room) => MarksOfAllocation(room, Kernel.KeepSize);

    [Clause("fallocate.2:PUNCH_HOLE-mtime", "Punching a hole marks mtime and ctime.")]
    public static void Punches(Room room) => MarksOfAllocation(room, Kernel.PunchHole | Kernel.KeepSize);

    [Clause("fallocate.2:ZERO_RANGE-mtime", "Zeroing a range marks mtime and ctime.")]
    public static void Zeroes(Room room) => MarksOfAllocation(room, Kernel.ZeroRange);

    [Clause("chmod.2:ctime", "chmod marks ctime only, also when it sets the mode that there is.")]
    public static void ChangesMode(Room room)
    {
        Marks(room, "c", () => Kernel.ChangeMode(room["a"], 0x180));
        TimeMarks.Of(room, "a", () => Kernel.ChangeMode(room["a"], 0x180)).ShouldBe("c");
    }

    [Clause("chown.2:ctime", "chown marks ctime only, also of a link.")]
    public static void ChangesOwner(Room room)
    {
        Marks(room, "c", () => Kernel.ChangeOwner(room["a"], 5, 5));
        Kernel.MakeLink("a", room["l"]);
        TimeMarks.Of(room, ["a", "l"], () => Kernel.ChangeOwner(room["l"], 6, 6, Kernel.NoFollow)).ShouldBe(["", "c"]);
    }

    [Clause("link.2:ctime", "link marks the file's ctime only.")]
    public static void Links(Room room) => Marks(room, "c", () => Kernel.Link(room["a"], room["b"]));

    [Clause("unlink.2:ctime", "unlink marks the ctime of a file that has another name, and of one that is only open.")]
    public static void Unlinks(Room room)
    {
        Kernel.Link(room.File("a", "abc"), room["b"]);
        TimeMarks.Of(room, "a", () => Kernel.Unlink(room["b"])).ShouldBe("c");
        room.Open("a", OpenFlag.ReadOnly);
        TimeMarks.Of(room, "a", () => Kernel.Unlink(room["a"])).ShouldBe("c");
    }

    [Clause("rename.2:ctime", "rename marks the ctime of the file or directory.")]
    public static void Renames(Room room)
    {
        Marks(room, "c", () => Kernel.Rename(room["a"], room["b"]));
        room.Directory("d");
        room.Directory("e");
        TimeMarks.Of(room, "d", () => Kernel.Rename(room["d"], room["e/d"])).ShouldBe("c");
    }

    [Clause("rename.2:ctime-replaced", "A file that is replaced and has another name loses a link: its ctime is marked.")]
    public static void Replaces(Room room)
    {
        room.File("a");
        Kernel.Link(room.File("b"), room["c"]);
        TimeMarks.Of(room, ["a", "c"], () => Kernel.Rename(room["a"], room["b"])).ShouldBe(["c", "c"]);
    }

    [Clause("rename.2:RENAME_EXCHANGE-ctime", "An exchange marks the ctime of both, and mtime and ctime of both directories.")]
    public static void Exchanges(Room room)
    {
        room.Directory("d");
        room.Directory("e");
        room.File("d/a");
        room.File("e/b");
        TimeMarks.Of(room, ["d/a", "e/b", "d", "e"], () => Kernel.Rename(room["d/a"], room["e/b"], Kernel.Exchange)).ShouldBe(["c", "c", "mc", "mc"]);
    }

    [Clause("setxattr.2:ctime", "setxattr marks ctime only, of a new attribute and of one that is replaced.")]
    public static void SetsXattr(Room room)
    {
        Marks(room, "c", () => Kernel.SetXattr(room["a"], "user.x", [1]));
        TimeMarks.Of(room, "a", () => Kernel.SetXattr(room["a"], "user.x", [2])).ShouldBe("c");
    }

    [Clause("removexattr.2:ctime", "removexattr marks ctime only.")]
    public static void RemovesXattr(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.x", [1]);
        TimeMarks.Of(room, "a", () => Kernel.RemoveXattr(room["a"], "user.x")).ShouldBe("c");
    }

    [Clause("ioctl_iflags.2:ctime", "Setting a flag marks ctime only.")]
    public static void SetsFlag(Room room)
    {
        int file = Opened(room, OpenFlag.ReadOnly);
        int flags = Kernel.InodeFlags(file);
        TimeMarks.Of(room, "a", () => Kernel.SetInodeFlags(file, flags | NoDump)).ShouldBe("c");
    }

    private static void Marks(Room room, string expected, Action action)
    {
        room.File("a", "abc");
        TimeMarks.Of(room, "a", action).ShouldBe(expected);
    }

    private static void MarksOfAllocation(Room room, int mode)
    {
        int file = room.Open("a", OpenFlag.ReadWrite | OpenFlag.Create, Mode.File);
        Kernel.Write(file, new string('x', 2 * Block));
        long offset = mode is 0 or Kernel.KeepSize ? 2 * Block : 0;
        TimeMarks.Of(room, "a", () => Kernel.Allocate(file, mode, offset, Block)).ShouldBe("mc");
    }

    private static int Opened(Room room, int flags)
    {
        room.File("a", "abc");
        return room.Open("a", flags);
    }
}
