using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>xattr(7), and FS_IOC_SETFLAGS (ioctl_iflags(2)).</summary>
internal static class XattrCases
{
    private const int Immutable = 0x10;
    private const int AppendOnly = 0x20;

    [Clause("setxattr.2:value", "A value of any bytes is kept, also an empty one.")]
    public static void Value(Room room)
    {
        byte[] every = [.. Enumerable.Range(0, 256).Select(value => (byte)value)];
        Kernel.SetXattr(room.File("a"), "user.x", every);
        Kernel.GetXattr(room["a"], "user.x").ShouldBe(every);
        Kernel.SetXattr(room["a"], "user.x", []);
        Kernel.GetXattr(room["a"], "user.x").ShouldBeEmpty();
    }

    [Clause("setxattr.2:EEXIST", "XATTR_CREATE, and the attribute exists.")]
    public static void CreateExisting(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.x", [1], 1);
        Expect.Errno(Errno.EEXIST, () => Kernel.SetXattr(room["a"], "user.x", [2], 1));
        Kernel.GetXattr(room["a"], "user.x").ShouldBe([1]);
    }

    [Clause("setxattr.2:ENODATA", "XATTR_REPLACE, and the attribute does not exist.")]
    public static void ReplaceAbsent(Room room) => Expect.Errno(Errno.ENODATA, () => Kernel.SetXattr(room.File("a"), "user.x", [1], 2));

    [Clause("getxattr.2:ENODATA", "The attribute does not exist.")]
    public static void GetAbsent(Room room) => Expect.Errno(Errno.ENODATA, () => Kernel.GetXattr(room.File("a"), "user.x"));

    [Clause("getxattr.2:ERANGE", "The buffer is too small; with size zero the size is returned.")]
    public static void SmallBuffer(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.x", [1, 2, 3]);
        Expect.Errno(Errno.ERANGE, () => Kernel.GetXattr(room["a"], "user.x", 2));
        byte unused = 0;
        ((long)Import.lgetxattr(room["a"], "user.x", ref unused, 0)).ShouldBe(3);
    }

    [Clause("listxattr.2:names", "Names are listed, and a removed one is not.")]
    public static void Lists(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.x", [1]);
        Kernel.SetXattr(room["a"], "user.y", [1]);
        Kernel.ListXattr(room["a"]).ShouldBe(["user.x", "user.y"], ignoreOrder: true);
        Kernel.RemoveXattr(room["a"], "user.x");
        Kernel.ListXattr(room["a"]).ShouldBe(["user.y"]);
    }

    [Clause("removexattr.2:ENODATA", "The attribute does not exist.")]
    public static void RemoveAbsent(Room room) => Expect.Errno(Errno.ENODATA, () => Kernel.RemoveXattr(room.File("a"), "user.x"));

    [Clause("setxattr.2:ERANGE", "A name longer than 255 bytes; one of 255 fits.")]
    public static void LongName(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user." + new string('n', 250), [1]);
        Expect.Errno(Errno.ERANGE, () => Kernel.SetXattr(room["a"], "user." + new string('n', 251), [1]));
    }

    [Clause("xattr.7:size-64K", "The VFS limits a value to 64 KiB: that much is kept.")]
    public static void LargeValue(Room room)
    {
        byte[] value = new byte[65536];
        value.AsSpan().Fill(7);
        Kernel.SetXattr(room.File("a"), "user.x", value);
        Kernel.GetXattr(room["a"], "user.x").ShouldBe(value);
    }

    [Clause("setxattr.2:EOPNOTSUPP", "A namespace that there is not.")]
    public static void UnknownNamespace(Room room) => Expect.Errno(Errno.EOPNOTSUPP, () => Kernel.SetXattr(room.File("a"), "nowhere.x", [1]));

    [Clause("xattr.7:trusted", "trusted.* works for CAP_SYS_ADMIN; others get ENODATA and EPERM.")]
    public static void Trusted(Room room)
    {
        Kernel.SetXattr(room.File("a", "", Mode.All), "trusted.x", [1]);
        Kernel.GetXattr(room["a"], "trusted.x").ShouldBe([1]);
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            Expect.Errno(Errno.ENODATA, () => Kernel.GetXattr(room["a"], "trusted.x"));
            Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["a"], "trusted.x", [1]));
        });
    }

    [Clause("xattr.7:trusted-list", "trusted.* names are not listed to the unprivileged.")]
    public static void TrustedHidden(Room room)
    {
        Kernel.SetXattr(room.File("a"), "trusted.x", [1]);
        Kernel.ListXattr(room["a"]).ShouldBe(["trusted.x"]);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.ListXattr(room["a"]).ShouldBeEmpty());
    }

    [Clause("xattr.7:security", "security.* is kept for privileged tasks.")]
    public static void Security(Room room)
    {
        Kernel.SetXattr(room.File("a", "", Mode.All), "security.x", [1]);
        Kernel.GetXattr(room["a"], "security.x").ShouldBe([1]);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["a"], "security.x", [2])));
    }

    [Clause("xattr.7:user-symlink", "user.* is for regular files and directories: EPERM on a link.")]
    public static void OnLink(Room room)
    {
        Kernel.MakeLink("x", room["a"]);
        Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["a"], "user.x", [1]));
    }

    [Clause("xattr.7:user-fifo", "user.* is for regular files and directories: EPERM on a FIFO.")]
    public static void OnFifo(Room room)
    {
        Kernel.MakeNode(room["a"], Mode.Fifo | Mode.File);
        Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["a"], "user.x", [1]));
    }

    [Clause("xattr.7:user-sticky", "In a sticky directory only the owner sets user.* on the directory.")]
    public static void OnSticky(Room room)
    {
        room.Directory("d", Mode.Sticky | Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Expect.Errno(Errno.EPERM, () => Kernel.SetXattr(room["d"], "user.x", [1])));
    }

    [Clause("xattr.7:user-permissions", "user.* is guarded by the file's permissions.")]
    public static void Denied(Room room)
    {
        Kernel.SetXattr(room.File("a", "", 0x180), "user.x", [1]);
        Task.As(Task.Somebody, Task.Somebody, () =>
        {
            Expect.Errno(Errno.EACCES, () => Kernel.GetXattr(room["a"], "user.x"));
            Expect.Errno(Errno.EACCES, () => Kernel.SetXattr(room["a"], "user.x", [1]));
        });
    }

    [Clause("xattr.7:rename-link", "Attributes belong to the inode: they are seen under every name and after a rename.")]
    public static void OfInode(Room room)
    {
        Kernel.SetXattr(room.File("a"), "user.x", [9]);
        Kernel.Link(room["a"], room["b"]);
        Kernel.Rename(room["a"], room["c"]);
        Kernel.GetXattr(room["b"], "user.x").ShouldBe([9]);
        Kernel.GetXattr(room["c"], "user.x").ShouldBe([9]);
    }

    [Clause("ioctl_iflags.2:FS_IMMUTABLE_FL", "An immutable file is not written, linked, renamed, removed or changed in mode: EPERM, also for root.")]
    public static void ImmutableFile(Room room) => WithFlag(room, Immutable, () =>
    {
        Expect.Errno(Errno.EPERM, () => room.Open("a", OpenFlag.WriteOnly));
        Expect.Errno(Errno.EPERM, () => Kernel.Unlink(room["a"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Rename(room["a"], room["b"]));
        Expect.Errno(Errno.EPERM, () => Kernel.Link(room["a"], room["b"]));
        Expect.Errno(Errno.EPERM, () => Kernel.ChangeMode(room["a"], 0));
        Expect.Errno(Errno.EPERM, () => Kernel.Truncate(room["a"], 0));
    });

    [Clause("ioctl_iflags.2:FS_APPEND_FL", "An append-only file is opened for writing only with O_APPEND, and not truncated or removed.")]
    public static void AppendOnlyFile(Room room) => WithFlag(room, AppendOnly, () =>
    {
        Expect.Errno(Errno.EPERM, () => room.Open("a", OpenFlag.WriteOnly));
        Expect.Errno(Errno.EPERM, () => Kernel.Truncate(room["a"], 0));
        Expect.Errno(Errno.EPERM, () => Kernel.Unlink(room["a"]));
        Kernel.Write(room.Open("a", OpenFlag.WriteOnly | OpenFlag.Append), "d");
        Kernel.ReadFile(room["a"]).ShouldBe("abcd");
    });

    private static void WithFlag(Room room, int flag, Action action)
    {
        room.File("a", "abc");
        int file = room.Open("a", OpenFlag.ReadOnly);
        int before = Kernel.InodeFlags(file);
        Kernel.SetInodeFlags(file, before | flag);
        try
        {
            (Kernel.InodeFlags(file) & flag).ShouldBe(flag);
            action();
        }
        finally
        {
            Kernel.SetInodeFlags(file, before);
        }
    }
}
