using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>Errors that several calls share, and those that no other class has.</summary>
internal static class RefusalCases
{
    private const int Immutable = 0x10;
    private const int AppendOnly = 0x20;

    [Clause("path_resolution.7:EACCES", "Search permission is denied for a directory of the path: in every call.")]
    public static void SearchDenied(Room room)
    {
        Fill(room);
        Kernel.ChangeMode(room["d"], 0x1E4); // 0744: it can be listed, not searched.
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            foreach (Action call in Calls(room["d/f"], room["d/new"], room["a"]))
            {
                Expect.Errno(Errno.EACCES, call);
            }
        });
    }

    [Clause("symlink.2:EACCES", "Write access to the directory of the link is denied.")]
    public static void LinkDenied(Room room) => AsStranger(room, () => Kernel.MakeLink("x", room["d/new"]));

    [Clause("mknod.2:EACCES", "The parent directory does not allow write permission.")]
    public static void NodeDenied(Room room) => AsStranger(room, () => Kernel.MakeNode(room["d/new"], Mode.Fifo | Mode.File));

    [Clause("rmdir.2:EACCES", "Write access to the parent directory is denied, whoever owns the one to remove.")]
    public static void RemovalDenied(Room room) => AsStranger(room, () => Kernel.RemoveDirectory(room["d/e"]));

    [Clause("lseek.2:ESPIPE", "The descriptor is of a FIFO.")]
    public static void SeeksFifo(Room room)
    {
        Kernel.MakeNode(room["p"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.ESPIPE, () => Kernel.Seek(room.Open("p", OpenFlag.ReadWrite), 0, Kernel.SeekSet));
    }

    [Clause("fallocate.2:ENODEV", "The descriptor is neither of a regular file nor of a directory: a device.")]
    public static void AllocatesDevice(Room room)
    {
        Kernel.MakeNode(room["null"], Mode.CharacterDevice | Mode.File, (1 << 8) | 3);
        Expect.Errno(Errno.ENODEV, () => Kernel.Allocate(room.Open("null", OpenFlag.ReadWrite), 0, 0, 1));
    }

    [Clause("fallocate.2:EPERM", "The file is immutable, or append-only and a hole is asked for: also by a descriptor that was open before.")]
    public static void AllocatesFlagged(Room room)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadWrite);
        WithFlag(file, Immutable, () => Expect.Errno(Errno.EPERM, () => Kernel.Allocate(file, 0, 0, 8192)));
        WithFlag(file, AppendOnly, () => Expect.Errno(Errno.EPERM, () => Kernel.Allocate(file, Kernel.PunchHole | Kernel.KeepSize, 0, 2)));
        Kernel.ReadFile(room["a"]).ShouldBe("abc");
    }

    [Clause("listxattr.2:ERANGE", "The buffer is too small for the list; with size zero the size is returned.")]
    public static void ListsIntoLittle(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.name", [1]);
        byte[] list = new byte[4];
        Expect.Errno(Errno.ERANGE, () => Kernel.ListXattr(room["a"], list));
        Kernel.ListXattr(room["a"], []).ShouldBe("user.name".Length + 1);
    }

    /// <param name="file">A file that is there.</param>
    /// <param name="name">A name that is not.</param>
    /// <param name="other">A file elsewhere.</param>
    private static Action[] Calls(string file, string name, string other) =>
    [
        () => Kernel.Open(file, OpenFlag.ReadOnly),
        () => Kernel.Stat(file),
        () => Kernel.StatFileSystem(file),
        () => Kernel.Access(file, 0),
        () => Kernel.ReadLink(file),
        () => Kernel.ChangeMode(file, Mode.All),
        () => Kernel.ChangeOwner(file, Task.Somebody, Task.Somebody),
        () => Kernel.SetTimes(file, new TimeStamp(1, 0), new TimeStamp(1, 0)),
        () => Kernel.Truncate(file, 0),
        () => Kernel.GetXattr(file, "user.x"),
        () => Kernel.SetXattr(file, "user.x", [1]),
        () => Kernel.RemoveXattr(file, "user.x"),
        () => Kernel.ListXattr(file),
        () => Kernel.Unlink(file),
        () => Kernel.RemoveDirectory(file),
        () => Kernel.Rename(file, other),
        () => Kernel.Rename(other, name),
        () => Kernel.Link(file, other),
        () => Kernel.MakeDirectory(name),
        () => Kernel.MakeLink("x", name),
        () => Kernel.MakeNode(name, Mode.Fifo | Mode.File),
    ];

    private static void AsStranger(Room room, Action call)
    {
        Fill(room);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EACCES, call));
        Directory.GetFileSystemEntries(room["d"]).Length.ShouldBe(2);
    }

    private static void WithFlag(int file, int flag, Action action)
    {
        int before = Kernel.InodeFlags(file);
        Kernel.SetInodeFlags(file, before | flag);
        try
        {
            action();
        }
        finally
        {
            Kernel.SetInodeFlags(file, before);
        }
    }

    /// <summary>A directory "d" with a file "f" and a directory "e", and a file "a" beside it.</summary>
    private static void Fill(Room room)
    {
        room.File("a");
        room.Directory("d");
        room.File("d/f");
        room.Directory("d/e", Mode.All);
    }
}
