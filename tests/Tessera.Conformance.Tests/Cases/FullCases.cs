using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>ENOSPC of the calls that make names and attributes: nothing is done by halves.</summary>
internal static class FullCases
{
    private const int Some = 64;
    private const int ValueLength = 2000;

    [Clause("mkdir.2:ENOSPC", "No room for the new directory: it is not there, and when others are gone it can be.", Ground = Ground.Small)]
    public static void MakesDirectories(Room room)
    {
        FullPlace.WithNames(room, () => FullPlace.UntilFull(room, path => Kernel.MakeDirectory(path), Kernel.RemoveDirectory));
        Kernel.Stat(room.Path).Links.ShouldBe(3U);
        Kernel.MakeDirectory(room["later"]);
        Kernel.RemoveDirectory(room["full"]);
    }

    [Clause("mknod.2:ENOSPC", "No room for the new node.", Ground = Ground.Small)]
    public static void MakesNodes(Room room) =>
        FullPlace.WithNames(room, () => FullPlace.UntilFull(room, path => Kernel.MakeNode(path, Mode.Fifo | Mode.File), path => Kernel.Unlink(path)));

    [Clause("symlink.2:ENOSPC", "No room for the new link.", Ground = Ground.Small)]
    public static void MakesLinks(Room room) =>
        FullPlace.WithNames(room, () => FullPlace.UntilFull(room, path => Kernel.MakeLink("x", path), path => Kernel.Unlink(path)));

    [Clause("link.2:ENOSPC", "The directory of newpath has no room for another name; the file's links are counted as they are.", Ground = Ground.Small)]
    public static void Links(Room room)
    {
        string file = room.File("file", "content");
        FullPlace.WithData(room, _ => FullPlace.WithNames(room, () => FullPlace.UntilFull(room, path => Kernel.Link(file, path), path => Kernel.Unlink(path))));
        Kernel.Stat(file).Links.ShouldBe(1U);
        Kernel.ReadFile(file).ShouldBe("content");
    }

    [Clause("rename.2:ENOSPC", "The directory of newpath has no room for another name: nothing is moved. Where a move needs none, it is done.", Ground = Ground.Small)]
    public static void Renames(Room room)
    {
        for (int number = 0; number < Some; number++)
        {
            room.File($"{number}");
        }

        room.Directory("to");
        FullPlace.WithData(room, _ =>
        {
            string last = room["to/" + new string('m', 240)];
            int moved = 0;
            try
            {
                for (; moved < Some; moved++)
                {
                    Kernel.Rename(room[$"{moved}"], $"{last}{moved}");
                }
            }
            catch (Mount.Tests.Harness.SyscallException failure)
            {
                failure.Errno.ShouldBe(Errno.ENOSPC);
                Kernel.Stat(room[$"{moved}"]).Links.ShouldBe(1U);
                Expect.Errno(Errno.ENOENT, () => Kernel.Stat($"{last}{moved}"));
            }

            Directory.GetFiles(room["to"]).Length.ShouldBe(moved);
            Directory.GetFiles(room.Path).Length.ShouldBe(1 + Some - moved);
        });
    }

    [Clause("setxattr.2:ENOSPC", "There is no room for the attribute: it is not there, and the others are as they were.", Ground = Ground.Small)]
    public static void SetsXattrs(Room room)
    {
        string file = room.File("file");
        byte[] value = new byte[ValueLength];
        value.AsSpan().Fill(7);
        FullPlace.WithData(room, _ => FullPlace.WithNames(room, () =>
        {
            int set = 0;
            Expect.Errno(Errno.ENOSPC, () =>
            {
                for (; set < 10_000; set++)
                {
                    Kernel.SetXattr(file, $"user.{set}", value);
                }
            });
            Expect.Errno(Errno.ENODATA, () => Kernel.GetXattr(file, $"user.{set}"));
            Kernel.ListXattr(file).Length.ShouldBe(set);
            for (int number = 0; number < set; number++)
            {
                Kernel.GetXattr(file, $"user.{number}").ShouldBe(value);
            }

            Kernel.Unlink(file);
        }));
    }
}
