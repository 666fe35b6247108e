using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>mount(8): which reads mark access times under relatime, strictatime and noatime.</summary>
internal static class AccessTimeCases
{
    /// <summary>Less than a page, so that no cache has it all before the first read.</summary>
    private const string Content = "abc";

    [Clause("mount.8:relatime-first", "relatime: the first read since the last change marks atime, also of what was written just now.")]
    public static void FirstRead(Room room)
    {
        string pages = new('x', 8192);
        room.File("a", pages);
        Expect.Value("the first read marks atime", true, IsMarked(room, "a", () => Kernel.ReadFile(room["a"]).ShouldBe(pages)));
    }

    [Clause("mount.8:relatime-again", "relatime: an atime later than the last change and less than a day old stays.")]
    public static void SecondRead(Room room)
    {
        OfOldData(room);
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeTrue();
        DropCache(room);
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeFalse();
    }

    [Clause("mount.8:relatime-modified", "relatime: when the data have changed since, a read marks atime again.")]
    public static void ReadAfterWrite(Room room)
    {
        OfOldData(room);
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeTrue();
        TimeMarks.AwaitClock(room, Kernel.Stat(room["a"]).Accessed);
        Kernel.Write(room.Open("a", OpenFlag.WriteOnly), "a");
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeTrue();
    }

    [Clause("mount.8:relatime-changed", "relatime: when only attributes have changed since, too.")]
    public static void ReadAfterChange(Room room)
    {
        OfOldData(room);
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeTrue();
        TimeMarks.AwaitClock(room, Kernel.Stat(room["a"]).Accessed);
        Kernel.ChangeMode(room["a"], 0x180);
        Expect.Value("a read after chmod marks atime", true, IsMarked(room, "a", () => ReadFile(room)));
    }

    [Clause("mount.8:relatime-directory", "relatime: a listing marks the atime of a directory that has changed since, and the next one does not.")]
    public static void Listing(Room room)
    {
        room.Directory("d");
        room.File("d/a");
        TimeMarks.AwaitClock(room, Kernel.Stat(room["d"]).Changed);
        IsMarked(room, "d", () => List(room)).ShouldBeTrue();
        IsMarked(room, "d", () => List(room)).ShouldBeFalse();
    }

    [Clause("mount.8:strictatime", "strictatime: whoever opens a file and reads marks its atime, however new it is.", Ground = Ground.StrictAccessTime)]
    public static void StrictRead(Room room)
    {
        room.File("a", Content);
        for (int reads = 1; reads <= 3; reads++)
        {
            Expect.Value($"read {reads} marks atime", true, IsMarked(room, "a", () => ReadFile(room)));
        }
    }

    [Clause("mount.8:strictatime-directory", "strictatime: each listing marks the directory's atime.", Ground = Ground.StrictAccessTime)]
    public static void StrictListing(Room room)
    {
        room.Directory("d");
        room.File("d/a");
        for (int listings = 1; listings <= 3; listings++)
        {
            Expect.Value($"listing {listings} marks atime", true, IsMarked(room, "d", () => List(room)));
        }
    }

    [Clause("mount.8:strictatime-same-descriptor", "strictatime: each read(2) marks atime, also by one descriptor of the same bytes.", Ground = Ground.StrictAccessTime)]
    public static void StrictReadAgain(Room room)
    {
        room.File("a", Content);
        int file = room.Open("a", OpenFlag.ReadOnly);
        for (int reads = 1; reads <= 2; reads++)
        {
            Expect.Value($"read {reads} marks atime", true, IsMarked(room, "a", () => Kernel.ReadAt(file, 3, 0)));
        }
    }

    [Clause("mount.8:strictatime-O_NOATIME", "O_NOATIME leaves atime, strictatime or not.", Ground = Ground.StrictAccessTime)]
    public static void StrictQuietRead(Room room)
    {
        room.File("a", Content);
        int file = room.Open("a", OpenFlag.NoAccessTime);
        IsMarked(room, "a", () => Kernel.Read(file, 3)).ShouldBeFalse();
    }

    [Clause("mount.8:noatime", "noatime: no read marks atime.", Ground = Ground.NoAccessTime)]
    public static void QuietRead(Room room)
    {
        OfOldData(room);
        IsMarked(room, "a", () => ReadFile(room)).ShouldBeFalse();
    }

    [Clause("mount.8:noatime-directory", "noatime: no listing marks atime.", Ground = Ground.NoAccessTime)]
    public static void QuietListing(Room room)
    {
        room.Directory("d");
        room.File("d/a");
        IsMarked(room, "d", () => List(room)).ShouldBeFalse();
    }

    [Clause("mount.8:noatime-utimensat", "noatime: utimensat sets atime all the same.", Ground = Ground.NoAccessTime)]
    public static void SetsTime(Room room)
    {
        Kernel.SetTimes(room.File("a"), new TimeStamp(5, 6), new TimeStamp(0, TimeStamp.Omit));
        Kernel.Stat(room["a"]).Accessed.ShouldBe(new TimeStamp(5, 6));
    }

    /// <summary>A file that was made just now and modified long ago.</summary>
    private static void OfOldData(Room room) => Kernel.SetTimes(room.File("a", Content), new TimeStamp(0, TimeStamp.Omit), new TimeStamp(2000, 0));

    /// <summary>posix_fadvise(2), POSIX_FADV_DONTNEED, of the whole file: the next read is the file system's to answer.</summary>
    private static void DropCache(Room room) => Programs.Run("/", "dd", $"if={room["a"]}", "iflag=nocache", "count=0", "status=none");

    private static void ReadFile(Room room) => Kernel.ReadFile(room["a"]).ShouldBe(Content);

    private static void List(Room room)
    {
        using var stream = new DirectoryStream(room["d"]);
        stream.Rest().ShouldBe([".", "..", "a"], ignoreOrder: true);
    }

    /// <summary>Whether the action marks the access time; nothing else changes.</summary>
    private static bool IsMarked(Room room, string name, Action action)
    {
        Attributes before = Kernel.Stat(room[name]);
        TimeMarks.AwaitClock(room, before.Changed);
        TimeMarks.AwaitClock(room, before.Accessed);
        action();
        Attributes after = Kernel.Stat(room[name]);
        (after.Modified, after.Changed).ShouldBe((before.Modified, before.Changed));
        return after.Accessed.CompareTo(before.Accessed) > 0;
    }
}
