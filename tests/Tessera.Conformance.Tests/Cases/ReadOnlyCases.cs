using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>EROFS: everything that would change a file system mounted read-only, and what goes on all the same.</summary>
internal static class ReadOnlyCases
{
    private static readonly TimeStamp s_time = new(1_000_000, 0);

    [Clause("open.2:EROFS", "A file on a read-only file system, and write access was requested.", Ground = Ground.ReadOnly)]
    public static void OpensForWriting(Room room)
    {
        Expect.Errno(Errno.EROFS, () => room.Open("a", OpenFlag.WriteOnly));
        Expect.Errno(Errno.EROFS, () => room.Open("a", OpenFlag.ReadWrite));
    }

    [Clause("open.2:EROFS-create", "O_CREAT of a name that is not there.", Ground = Ground.ReadOnly)]
    public static void Creates(Room room) => Expect.Errno(Errno.EROFS, () => room.Open("new", OpenFlag.ReadOnly | OpenFlag.Create, Mode.File));

    [Clause("open.2:EROFS-create-existing", "O_CREAT for reading of a name that is there opens it.", Ground = Ground.ReadOnly)]
    public static void CreatesExisting(Room room) =>
        Kernel.Read(room.Open("a", OpenFlag.ReadOnly | OpenFlag.Create, Mode.File), 20).ShouldBe(ReadOnlyGround.Content);

    [Clause("open.2:EROFS-truncate", "O_TRUNC.", Ground = Ground.ReadOnly)]
    public static void OpensTruncating(Room room)
    {
        Expect.Errno(Errno.EROFS, () => room.Open("a", OpenFlag.WriteOnly | OpenFlag.Truncate));
        Kernel.ReadFile(room["a"]).ShouldBe(ReadOnlyGround.Content);
    }

    [Clause("open.2:EROFS-tmpfile", "O_TMPFILE.", Ground = Ground.ReadOnly)]
    public static void Temporary(Room room) => Expect.Errno(Errno.EROFS, () => room.Open("d", OpenFlag.Temporary | OpenFlag.ReadWrite, Mode.File));

    [Clause("open.2:EROFS-fifo", "A FIFO is opened for writing all the same: its bytes are not the file system's.", Ground = Ground.ReadOnly)]
    public static void WritesToFifo(Room room)
    {
        int file = room.Open("p", OpenFlag.ReadWrite);
        Kernel.Write(file, "x");
        Kernel.Read(file, 1).ShouldBe("x");
    }

    [Clause("read.2:read-only", "Reading, listing, links and attributes work.", Ground = Ground.ReadOnly)]
    public static void Reads(Room room)
    {
        Kernel.ReadFile(room["l"]).ShouldBe(ReadOnlyGround.Content);
        Kernel.GetXattr(room["a"], "user.x").ShouldBe([1]);
        using var stream = new DirectoryStream(room["d"]);
        stream.Rest().ShouldBe([".", "..", "a"], ignoreOrder: true);
    }

    [Clause("read.2:read-only-atime", "A read marks no access time.", Ground = Ground.ReadOnly)]
    public static void MarksNothing(Room room)
    {
        Kernel.ReadFile(room["a"]).ShouldBe(ReadOnlyGround.Content);
        Kernel.Stat(room["a"]).Accessed.ShouldBe(new TimeStamp(1000, 0));
    }

    [Clause("mkdir.2:EROFS", "A name that is not there.", Ground = Ground.ReadOnly)]
    public static void MakesDirectory(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.MakeDirectory(room["new"]));

    [Clause("mkdir.2:EROFS-EEXIST", "A name that is there is EEXIST first.", Ground = Ground.ReadOnly)]
    public static void MakesExisting(Room room) => Expect.Errno(Errno.EEXIST, () => Kernel.MakeDirectory(room["d"]));

    [Clause("mknod.2:EROFS", "A name that is not there.", Ground = Ground.ReadOnly)]
    public static void MakesNode(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.MakeNode(room["new"], Mode.Fifo | Mode.File));

    [Clause("symlink.2:EROFS", "A name that is not there.", Ground = Ground.ReadOnly)]
    public static void MakesLink(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.MakeLink("a", room["new"]));

    [Clause("link.2:EROFS", "A name that is not there.", Ground = Ground.ReadOnly)]
    public static void Links(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.Link(room["a"], room["new"]));

    [Clause("unlink.2:EROFS", "A name that is there; another is ENOENT.", Ground = Ground.ReadOnly)]
    public static void Removes(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.Unlink(room["a"]));
        Kernel.Stat(room["a"]).Links.ShouldBe(1U);
    }

    [Clause("rmdir.2:EROFS", "An empty directory.", Ground = Ground.ReadOnly)]
    public static void RemovesDirectory(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.RemoveDirectory(room["empty"]));

    [Clause("rename.2:EROFS", "To a new name, over another and by exchange.", Ground = Ground.ReadOnly)]
    public static void Renames(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.Rename(room["a"], room["new"]));
        Expect.Errno(Errno.EROFS, () => Kernel.Rename(room["a"], room["d/a"]));
        Expect.Errno(Errno.EROFS, () => Kernel.Rename(room["a"], room["d"], Kernel.Exchange));
    }

    [Clause("chmod.2:EROFS", "chmod and fchmod.", Ground = Ground.ReadOnly)]
    public static void Chmods(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.ChangeMode(room["a"], Mode.File));
        Expect.Errno(Errno.EROFS, () => Kernel.ChangeMode(room.Open("a", OpenFlag.ReadOnly), Mode.File));
    }

    [Clause("chown.2:EROFS", "Of a file and of a link.", Ground = Ground.ReadOnly)]
    public static void Chowns(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.ChangeOwner(room["a"], 5, 5));
        Expect.Errno(Errno.EROFS, () => Kernel.ChangeOwner(room["l"], 5, 5, Kernel.NoFollow));
    }

    [Clause("utimensat.2:EROFS", "Given times and now.", Ground = Ground.ReadOnly)]
    public static void SetsTimes(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.SetTimes(room["a"], s_time, s_time));
        Expect.Errno(Errno.EROFS, () => Kernel.Touch(room["a"]));
    }

    [Clause("truncate.2:EROFS", "A file on a read-only file system.", Ground = Ground.ReadOnly)]
    public static void Truncates(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.Truncate(room["a"], 0));

    [Clause("setxattr.2:EROFS", "A new attribute, and one that is there.", Ground = Ground.ReadOnly)]
    public static void SetsXattr(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.SetXattr(room["a"], "user.new", [1]));
        Expect.Errno(Errno.EROFS, () => Kernel.SetXattr(room["a"], "user.x", [2]));
    }

    [Clause("removexattr.2:EROFS", "An attribute that is there.", Ground = Ground.ReadOnly)]
    public static void RemovesXattr(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.RemoveXattr(room["a"], "user.x"));

    [Clause("acl.5:EROFS", "A list is an attribute like another.", Ground = Ground.ReadOnly)]
    public static void SetsList(Room room) => Expect.Errno(Errno.EROFS, () => new AccessList(6, 4, 4).User(Task.Somebody, 6).Mask(6).SetOn(room["a"]));

    [Clause("ioctl_iflags.2:EROFS", "The flags of an inode.", Ground = Ground.ReadOnly)]
    public static void SetsFlags(Room room) => Expect.Errno(Errno.EROFS, () => Kernel.SetInodeFlags(room.Open("a", OpenFlag.ReadOnly), 0x40));

    [Clause("access.2:EROFS", "Write permission of a file on a read-only file system, also for root; of a FIFO it is granted.", Ground = Ground.ReadOnly)]
    public static void Asks(Room room)
    {
        Expect.Errno(Errno.EROFS, () => Kernel.Access(room["a"], 2));
        Kernel.Access(room["a"], 5);
        Kernel.Access(room["p"], 2);
    }

    [Clause("flock.2:read-only", "Locks work: they are not kept on the medium.", Ground = Ground.ReadOnly)]
    public static void Locks(Room room)
    {
        Kernel.FileLock(room.Open("a", OpenFlag.ReadOnly), 6);
        Kernel.Lock(room.Open("a", OpenFlag.ReadOnly), RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0));
    }

    [Clause("mmap.2:read-only", "A file is mapped for reading.", Ground = Ground.ReadOnly)]
    public static void Maps(Room room)
    {
        nint map = Kernel.Map(room.Open("a", OpenFlag.ReadOnly), 4096, 1, 1);
        System.Runtime.InteropServices.Marshal.ReadByte(map, 0).ShouldBe((byte)ReadOnlyGround.Content[0]);
        Kernel.Unmap(map, 4096);
    }
}
