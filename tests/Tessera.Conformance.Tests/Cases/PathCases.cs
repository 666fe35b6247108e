using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>What every call that takes a path says of one that leads nowhere: a component too long, not a directory, or a circle of links.</summary>
internal static class PathCases
{
    private static readonly TimeStamp s_time = new(1, 0);

    [Clause("mkdir.2:ENAMETOOLONG", "A component is longer than 255 bytes, the path than 4,095; a file or a circle lies on the way.")]
    public static void MakeDirectory(Room room) => LeadsNowhere(room, path => Kernel.MakeDirectory(path));

    [Clause("mknod.2:ENAMETOOLONG", "The same of mknod.")]
    public static void MakeNode(Room room) => LeadsNowhere(room, path => Kernel.MakeNode(path, Mode.Fifo | Mode.File));

    [Clause("symlink.2:ENAMETOOLONG-path", "The same of the link's own path.")]
    public static void MakeLink(Room room) => LeadsNowhere(room, path => Kernel.MakeLink("x", path));

    [Clause("link.2:ENAMETOOLONG-old", "The same of oldpath.")]
    public static void Link(Room room) => LeadsNowhere(room, path => Kernel.Link(path, room["new"]));

    [Clause("unlink.2:ENAMETOOLONG", "The same of unlink.")]
    public static void Unlink(Room room) => LeadsNowhere(room, path => Kernel.Unlink(path));

    [Clause("rmdir.2:ENAMETOOLONG", "The same of rmdir.")]
    public static void RemoveDirectory(Room room) => LeadsNowhere(room, Kernel.RemoveDirectory);

    [Clause("rename.2:ENAMETOOLONG-old", "The same of oldpath.")]
    public static void RenameFrom(Room room) => LeadsNowhere(room, path => Kernel.Rename(path, room["new"]));

    [Clause("rename.2:ENAMETOOLONG-new", "The same of newpath; oldpath is left.")]
    public static void RenameTo(Room room)
    {
        room.File("x");
        LeadsNowhere(room, path => Kernel.Rename(room["x"], path));
        Kernel.Stat(room["x"]).Links.ShouldBe(1U);
    }

    [Clause("stat.2:ENAMETOOLONG", "The same of stat.")]
    public static void Stat(Room room) => LeadsNowhere(room, path => Kernel.Stat(path));

    [Clause("chmod.2:ENAMETOOLONG", "The same of chmod.")]
    public static void ChangeMode(Room room) => LeadsNowhere(room, path => Kernel.ChangeMode(path, Mode.File));

    [Clause("chown.2:ENAMETOOLONG", "The same of chown.")]
    public static void ChangeOwner(Room room) => LeadsNowhere(room, path => Kernel.ChangeOwner(path, 1, 1));

    [Clause("truncate.2:ENAMETOOLONG", "The same of truncate.")]
    public static void Truncate(Room room) => LeadsNowhere(room, path => Kernel.Truncate(path, 0));

    [Clause("utimensat.2:ENAMETOOLONG", "The same of utimensat.")]
    public static void SetTimes(Room room) => LeadsNowhere(room, path => Kernel.SetTimes(path, s_time, s_time));

    [Clause("readlink.2:ENAMETOOLONG", "The same of readlink.")]
    public static void ReadLink(Room room) => LeadsNowhere(room, path => Kernel.ReadLink(path));

    [Clause("access.2:ENAMETOOLONG", "The same of access.")]
    public static void Access(Room room) => LeadsNowhere(room, path => Kernel.Access(path, 0));

    [Clause("setxattr.2:ENAMETOOLONG", "The same of setxattr.")]
    public static void SetXattr(Room room) => LeadsNowhere(room, path => Kernel.SetXattr(path, "user.x", [1]));

    [Clause("path_resolution.7:slash", "A trailing slash wants a directory: ENOTDIR of a file, and a link before it is followed.")]
    public static void TrailingSlash(Room room)
    {
        room.File("a");
        room.Directory("d");
        Kernel.MakeLink("d", room["l"]);
        Expect.Errno(Errno.ENOTDIR, () => Kernel.Stat(room["a/"]));
        Kernel.Stat(room["l/"]).Type.ShouldBe(Mode.DirectoryType);
        Kernel.MakeDirectory(room["e/"]);
        Expect.Errno(Errno.EISDIR, () => room.Open("new/", OpenFlag.WriteOnly | OpenFlag.Create, Mode.File));
    }

    [Clause("path_resolution.7:deep", "Directories nest far beyond what one path can name.")]
    public static void Deep(Room room)
    {
        const int Levels = 60;
        string name = new('d', 200);
        string here = room.Path;
        int directory = room.Open(".", OpenFlag.Directory);
        for (int level = 0; level < Levels; level++)
        {
            here = $"/proc/self/fd/{directory}";
            Kernel.MakeDirectory($"{here}/{name}");
            directory = room.Keep(Kernel.Open($"{here}/{name}", OpenFlag.Directory));
        }

        Kernel.StatTarget($"/proc/self/fd/{directory}/..").Inode.ShouldBe(Kernel.StatTarget(here).Inode);
    }

    [Clause("path_resolution.7:PATH_MAX", "A path of 4,095 bytes works in every call, and one byte more is ENAMETOOLONG.")]
    public static void LongestPath(Room room)
    {
        const int Longest = 4095;
        string parent = room.Path;
        while (Longest - parent.Length > 256)
        {
            parent += "/" + new string('d', Math.Min(200, Longest - parent.Length - 3));
            Kernel.MakeDirectory(parent);
        }

        string path = $"{parent}/{new string('n', Longest - parent.Length - 1)}";
        room.File("a", "content");
        Kernel.Rename(room["a"], path);
        Kernel.ReadFile(path).ShouldBe("content");
        Kernel.Link(path, room["b"]);
        Kernel.Stat(path).Links.ShouldBe(2U);
        Kernel.SetXattr(path, "user.x", [1]);
        Kernel.ChangeMode(path, Mode.All);
        Kernel.Truncate(path, 1);
        Kernel.Unlink(path);
        Kernel.MakeLink("target", path);
        Kernel.ReadLink(path).ShouldBe("target");
        Kernel.Unlink(path);
        Kernel.MakeDirectory(path);
        IsRefused(room, path + "n");
        Kernel.RemoveDirectory(path);
        Kernel.Drop(Kernel.Open(path, OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Exclusive, Mode.File));
        Directory.GetFileSystemEntries(parent).Length.ShouldBe(1);
        Kernel.Unlink(path);
    }

    [Clause("path_resolution.7:utf-8", "Names are bytes: two spellings of one letter are two names, and so are two cases.")]
    public static void Spellings(Room room)
    {
        string[] names = ["\u00E9", "e\u0301", "a", "A"];
        foreach (string name in names)
        {
            room.File(name, name);
        }

        names.ShouldAllBe(name => Kernel.ReadFile(room[name]) == name);
    }

    private static void IsRefused(Room room, string path)
    {
        Action[] calls =
        [
            () => Kernel.Open(path, OpenFlag.WriteOnly | OpenFlag.Create, Mode.File),
            () => Kernel.Stat(path),
            () => Kernel.Rename(room["b"], path),
            () => Kernel.Link(room["b"], path),
            () => Kernel.MakeLink("target", path),
            () => Kernel.MakeDirectory(path),
            () => Kernel.Unlink(path),
            () => Kernel.SetXattr(path, "user.x", [1]),
        ];
        Array.ForEach(calls, call => Expect.Errno(Errno.ENAMETOOLONG, call));
    }

    private static void LeadsNowhere(Room room, Action<string> call)
    {
        room.File("file");
        Kernel.MakeLink("circle", room["circle"]);
        Expect.Errno(Errno.ENAMETOOLONG, () => call(room[new string('x', 256)]));
        Expect.Errno(Errno.ENAMETOOLONG, () => call(room[string.Concat(Enumerable.Repeat("./", 2100)) + "a"]));
        Expect.Errno(Errno.ENOTDIR, () => call(room["file/a"]));
        Expect.Errno(Errno.ELOOP, () => call(room["circle/a"]));
        Expect.Errno(Errno.ENOENT, () => call(room["absent/a"]));
    }
}
