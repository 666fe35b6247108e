using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>name_to_handle_at(2) and open_by_handle_at(2): what a server that exports the file system holds on to.</summary>
internal static class HandleCases
{
    [Clause("open_by_handle_at.2:opens", "A handle opens its file, also when it was renamed since, and in a directory below.")]
    public static void Opens(Room room)
    {
        room.Directory("d");
        room.File("d/a", "content");
        FileHandle handle = FileHandle.Of(room["d/a"]);
        Kernel.Rename(room["d/a"], room["b"]);
        Kernel.Read(room.Keep(handle.Open(Root(room), OpenFlag.ReadOnly)), 20).ShouldBe("content");
    }

    [Clause("open_by_handle_at.2:directory", "A directory's handle opens the directory; '..' of it leads to its parent.")]
    public static void OpensDirectory(Room room)
    {
        room.Directory("d");
        room.Directory("d/e");
        int file = room.Keep(FileHandle.Of(room["d/e"]).Open(Root(room), OpenFlag.Directory));
        Kernel.StatTarget($"/proc/self/fd/{file}/..").Inode.ShouldBe(Kernel.Stat(room["d"]).Inode);
    }

    [Clause("open_by_handle_at.2:link", "A hard link has the handle of its file.")]
    public static void SameForLinks(Room room)
    {
        Kernel.Link(room.File("a", "content"), room["b"]);
        FileHandle handle = FileHandle.Of(room["a"]);
        Kernel.Unlink(room["a"]);
        Kernel.Read(room.Keep(handle.Open(Root(room), OpenFlag.ReadOnly)), 20).ShouldBe("content");
    }

    [Clause("open_by_handle_at.2:ESTALE", "The handle's file is gone.")]
    public static void Stale(Room room)
    {
        FileHandle handle = FileHandle.Of(room.File("a"));
        Kernel.Unlink(room["a"]);
        Expect.Errno(Errno.ESTALE, () => handle.Open(Root(room), OpenFlag.ReadOnly));
    }

    [Clause("open_by_handle_at.2:ESTALE-directory", "The handle's directory is gone.")]
    public static void StaleDirectory(Room room)
    {
        FileHandle handle = FileHandle.Of(room.Directory("d"));
        Kernel.RemoveDirectory(room["d"]);
        Expect.Errno(Errno.ESTALE, () => handle.Open(Root(room), OpenFlag.Directory));
    }

    [Clause("open_by_handle_at.2:ESTALE-reused", "A new file never answers to the handle of an old one, whatever its inode number.")]
    public static void NotReused(Room room)
    {
        FileHandle handle = FileHandle.Of(room.File("a", "old"));
        Kernel.Unlink(room["a"]);
        for (int number = 0; number < 50; number++)
        {
            room.File($"new-{number}", "new");
        }

        Expect.Errno(Errno.ESTALE, () => handle.Open(Root(room), OpenFlag.ReadOnly));
    }

    [Clause("open_by_handle_at.2:unlinked", "While somebody has the file open it is there for its handle too.")]
    public static void OpenWithoutName(Room room)
    {
        room.File("a", "content");
        FileHandle handle = FileHandle.Of(room["a"]);
        room.Open("a", OpenFlag.ReadOnly);
        Kernel.Unlink(room["a"]);
        Kernel.Read(room.Keep(handle.Open(Root(room), OpenFlag.ReadOnly)), 20).ShouldBe("content");
    }

    [Clause("open_by_handle_at.2:EPERM", "Opening by handle wants CAP_DAC_READ_SEARCH.")]
    public static void NotPrivileged(Room room)
    {
        FileHandle handle = FileHandle.Of(room.File("a"));
        int root = Root(room);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => handle.Open(root, OpenFlag.ReadOnly)));
    }

    [Clause("open_by_handle_at.2:ELOOP", "A symbolic link's handle without O_PATH.")]
    public static void OpensLink(Room room)
    {
        Kernel.MakeLink("x", room["l"]);
        FileHandle handle = FileHandle.Of(room["l"]);
        Expect.Errno(Errno.ELOOP, () => handle.Open(Root(room), OpenFlag.ReadOnly));
        Kernel.Stat(room.Keep(handle.Open(Root(room), OpenFlag.Path))).Type.ShouldBe(Mode.Link);
    }

    [Clause("name_to_handle_at.2:EOVERFLOW", "The buffer is too small for the handle.")]
    public static void SmallBuffer(Room room) => Expect.Errno(Errno.EOVERFLOW, () => FileHandle.Of(room.File("a"), 0));

    [Clause("name_to_handle_at.2:same", "A file's handle stays what it is.")]
    public static void Stays(Room room)
    {
        byte[] before = FileHandle.Of(room.File("a")).Bytes.ToArray();
        Kernel.Rename(room["a"], room["b"]);
        Kernel.Truncate(room["b"], 100);
        FileHandle.Of(room["b"]).Bytes.ToArray().ShouldBe(before);
        FileHandle.Of(room.File("a")).Bytes.ToArray().ShouldNotBe(before);
    }

    private static int Root(Room room) => room.Open(".", OpenFlag.Directory);
}
