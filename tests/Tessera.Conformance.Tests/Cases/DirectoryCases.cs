using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>readdir(3), telldir(3), seekdir(3), rewinddir(3).</summary>
internal static class DirectoryCases
{
    private const int Many = 1000;

    [Clause("readdir.3:each-once", "Each entry comes once, with '.' and '..'.")]
    public static void EachOnce(Room room)
    {
        Fill(room);
        using var stream = new DirectoryStream(room.Path);
        List<string> names = [.. stream.Rest()];
        names.ShouldBeUnique();
        names.ShouldBe([".", "..", .. Names()], ignoreOrder: true);
    }

    [Clause("readdir.3:d_type", "d_type is DT_UNKNOWN or the entry's type; d_ino the inode.")]
    public static void Types(Room room)
    {
        room.File("file");
        room.Directory("directory");
        Kernel.MakeLink("x", room["link"]);
        using var stream = new DirectoryStream(room.Path);
        while (stream.Next() is { } name)
        {
            if (name is not "." and not "..")
            {
                Attributes entry = Kernel.Stat(room[name]);
                stream.Inode.ShouldBe(entry.Inode);
                ((uint)stream.Type << 12).ShouldBe(entry.Type);
            }
        }
    }

    [Clause("seekdir.3:resume", "seekdir to what telldir said reads on from there.")]
    public static void Resumes(Room room)
    {
        Fill(room);
        using var stream = new DirectoryStream(room.Path);
        for (int count = 0; count < Many / 2; count++)
        {
            stream.Next().ShouldNotBeNull();
        }

        long place = stream.Tell();
        List<string> rest = [.. stream.Rest()];
        stream.Seek(place);
        stream.Rest().ShouldBe(rest);
    }

    [Clause("rewinddir.3:again", "After rewinding, a new entry is seen too.")]
    public static void Rewinds(Room room)
    {
        room.File("a");
        using var stream = new DirectoryStream(room.Path);
        stream.Rest().ShouldBe([".", "..", "a"], ignoreOrder: true);
        room.File("b");
        stream.Rewind();
        stream.Rest().ShouldBe([".", "..", "a", "b"], ignoreOrder: true);
    }

    [Clause("readdir.3:removing", "What is not removed while the directory is read is seen once: every file can be removed as it comes.")]
    public static void RemovesAsItReads(Room room)
    {
        Fill(room);
        using (var stream = new DirectoryStream(room.Path))
        {
            while (stream.Next() is { } name)
            {
                if (name is not "." and not "..")
                {
                    Kernel.Unlink(room[name]);
                }
            }
        }

        Kernel.RemoveDirectory(room.Path);
        Kernel.MakeDirectory(room.Path);
    }

    [Clause("readdir.3:adding", "Entries added while the directory is read make none of the others missed or seen twice.")]
    public static void AddsAsItReads(Room room)
    {
        Fill(room);
        using var stream = new DirectoryStream(room.Path);
        List<string> names = [];
        while (names.Count < 5 * Many && stream.Next() is { } name)
        {
            if (names.Count < Many)
            {
                room.File($"added-{names.Count}");
            }

            names.Add(name);
        }

        names.Where(name => !name.StartsWith("added", StringComparison.Ordinal)).ShouldBe([".", "..", .. Names()], ignoreOrder: true);
    }

    [Clause("readdir.3:removed", "A directory removed while open has no entries any more.")]
    public static void Removed(Room room)
    {
        room.Directory("d");
        using var stream = new DirectoryStream(room["d"]);
        Kernel.RemoveDirectory(room["d"]);
        stream.Rest().ShouldBeEmpty();
    }

    private static IEnumerable<string> Names() => Enumerable.Range(0, Many).Select(number => $"entry-{number}");

    private static void Fill(Room room)
    {
        foreach (string name in Names())
        {
            Kernel.MakeNode(room[name], Mode.Regular | Mode.File);
        }
    }
}
