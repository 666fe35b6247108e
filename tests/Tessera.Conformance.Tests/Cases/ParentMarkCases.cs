using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>inode(7): changes of names mark mtime and ctime of their directory.</summary>
internal static class ParentMarkCases
{
    [Clause("open.2:parent-mtime", "Creating a file marks its directory's mtime and ctime.")]
    public static void Creates(Room room) => Marks(room, "mc", () => room.File("d/new"));

    [Clause("unlink.2:parent-mtime", "Removing a name marks its directory's mtime and ctime.")]
    public static void RemovesName(Room room) => Marks(room, "mc", () => Kernel.Unlink(room["d/f"]));

    [Clause("mkdir.2:parent-mtime", "mkdir marks the parent's mtime and ctime.")]
    public static void MakesDirectory(Room room) => Marks(room, "mc", () => Kernel.MakeDirectory(room["d/new"]));

    [Clause("rmdir.2:parent-mtime", "rmdir marks the parent's mtime and ctime.")]
    public static void RemovesDirectory(Room room) => Marks(room, "mc", () => Kernel.RemoveDirectory(room["d/e"]));

    [Clause("symlink.2:parent-mtime", "symlink marks the parent's mtime and ctime.")]
    public static void MakesLink(Room room) => Marks(room, "mc", () => Kernel.MakeLink("x", room["d/new"]));

    [Clause("mknod.2:parent-mtime", "mknod marks the parent's mtime and ctime.")]
    public static void MakesNode(Room room) => Marks(room, "mc", () => Kernel.MakeNode(room["d/new"], Mode.Fifo | Mode.File));

    [Clause("link.2:parent-mtime", "link marks the new parent's mtime and ctime, not the old one's.")]
    public static void MakesHardLink(Room room)
    {
        Fill(room);
        room.Directory("to");
        TimeMarks.Of(room, ["d", "to"], () => Kernel.Link(room["d/f"], room["to/new"])).ShouldBe(["", "mc"]);
    }

    [Clause("rename.2:times", "rename marks mtime and ctime of both directories, and only the ctime of what is renamed.")]
    public static void Renames(Room room)
    {
        Fill(room);
        room.Directory("to");
        TimeMarks.Of(room, ["d", "to", "d/f"], () => Kernel.Rename(room["d/f"], room["to/new"])).ShouldBe(["mc", "mc", "c"]);
        TimeMarks.Of(room, ["to", "to/new"], () => Kernel.Rename(room["to/new"], room["to/newer"])).ShouldBe(["mc", "c"]);
    }

    [Clause("open.2:parent-quiet", "Opening a file that exists with O_CREAT, and writing it, leaves the directory's times.")]
    public static void OpensExisting(Room room) =>
        Marks(room, "", () => Kernel.Write(room.Open("d/f", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File), "x"));

    private static void Marks(Room room, string expected, Action action)
    {
        Fill(room);
        TimeMarks.Of(room, "d", action).ShouldBe(expected);
    }

    /// <summary>A directory "d" with a directory "e" and a file "f".</summary>
    private static void Fill(Room room)
    {
        room.Directory("d");
        room.Directory("d/e");
        room.File("d/f");
    }
}
