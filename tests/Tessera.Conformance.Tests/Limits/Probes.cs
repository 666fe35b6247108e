using System.Runtime.InteropServices;
using Tessera.Conformance.Tests.Calls;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>Calls of which a FUSE file system hears nothing, or less than others do. Reasons that name a function were read in the sources of Linux 6.x, or in a manual page; what is measured is Linux 6.18.</summary>
internal static class Probes
{
    private const int Clone = 0x40049409;
    private const int WriteVector = 328;
    private const int ReadVector = 327;
    private const string Answered = "Sent, and refused: ";

    public static IReadOnlyList<Probe> All { get; } = [.. Durability(), .. Sharing(), .. Ranges(), .. WriteFlags(), .. Watching(), .. Locks(), .. Administration()];

    private static IEnumerable<Probe> Durability() =>
    [
        new("syncfs(2)", "fuse_sync_fs: only with fc->sync_fs, which virtiofs sets and /dev/fuse cannot.", room => RawCall.Call(306, room.File)),
        new("sync_file_range(2)", "Writes the kernel's own dirty pages, those of memory maps, and asks nobody to make them durable.", room => RawCall.Call(277, room.File, 0, 4096, 7)),
        new("ioctl FIFREEZE", "ioctl_fsfreeze: FUSE has neither freeze_fs nor freeze_super.", room => RawCall.Ioctl(room.Mount, 0xC0045877)) { Undo = room => RawCall.Ioctl(room.Mount, 0xC0045878) },
        new("ioctl FITRIM", Answered + "holes are punched as space is freed.", room => RawCall.Ioctl(room.Mount, 0xC0185879, RawCall.Words(24, 0, long.MaxValue, 0))),
    ];

    private static IEnumerable<Probe> Sharing() =>
    [
        new("ioctl FICLONE", "FUSE has no remap_file_range (fs/remap_range.c); copy_file_range(2) is sent.", room => RawCall.Ioctl(room.Other, Clone, room.File)),
        new("ioctl FICLONERANGE", "The same.", room => RawCall.Ioctl(room.Other, 0x4020940D, RawCall.Words(32, room.File, 0, 4096, 0))),
        new(
            "ioctl FIDEDUPERANGE",
            "The same.",
            room => RawCall.Ioctl(room.File, 0xC0189436, RawCall.Words(56, 0, 4096, 1, room.Other, 0))),
        new("ioctl FS_IOC_FIEMAP", "ioctl_fiemap: FUSE has no fiemap. SEEK_DATA and SEEK_HOLE are sent.", room => RawCall.Ioctl(room.File, 0xC020660B, RawCall.Words(32, 0, 4096))),
        new("ioctl FIBMAP", "fuse_bmap: only for block devices (fuseblk); block 0 otherwise, which means a hole.", room => RawCall.Ioctl(room.File, 1, new byte[4])),
    ];

    private static IEnumerable<Probe> Ranges() =>
    [
        new("fallocate COLLAPSE_RANGE", "fuse_file_fallocate knows KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE.", room => RawCall.Fallocate(room.File, 8, 0, 4096)),
        new("fallocate INSERT_RANGE", "The same.", room => RawCall.Fallocate(room.File, 0x20, 0, 4096)),
        new("fallocate UNSHARE_RANGE", "The same.", room => RawCall.Fallocate(room.File, 0x41, 0, 4096)),
        new("fallocate WRITE_ZEROES", "The same; ext4 wants a device that does it.", room => RawCall.Fallocate(room.File, 0x80, 0, 4096)),
        new("mmap MAP_SHARED_VALIDATE|MAP_SYNC", "do_mmap: FUSE does not set FOP_MMAP_SYNC; ext4 takes it on persistent memory.", room => RawCall.Map(room.File, 0x80003)),
        new("swapon(2)", "On both refused because the file is no swap area. One would be refused too: generic_swapfile_activate takes a file without block numbers (FIBMAP) for one with holes.", room => RawCall.PathFirst(167, room.Path, 0)),
    ];

    private static IEnumerable<Probe> WriteFlags() =>
    [
        new("pwritev2 RWF_ATOMIC", "kiocb_set_rw_flags: FUSE does not set FMODE_CAN_ATOMIC_WRITE; ext4 where the device can.", room => RawCall.PageVector(WriteVector, room.Direct, 0x40)),
        new("pwritev2 RWF_NOWAIT", "kiocb_set_rw_flags: FUSE does not set FMODE_NOWAIT.", room => RawCall.PageVector(WriteVector, room.File, 8)),
        new("preadv2 RWF_NOWAIT", "The same.", room => RawCall.PageVector(ReadVector, room.File, 8)),
        new("pwritev2 RWF_DONTCACHE", "kiocb_set_rw_flags: FUSE does not set FOP_DONTCACHE.", room => RawCall.PageVector(WriteVector, room.File, 0x80)),
        new("pwritev2 RWF_DSYNC", "Sent as WRITE and FSYNC: durable when it returns.", room => RawCall.PageVector(WriteVector, room.File, 2)),
        new("write, O_DSYNC", "The same: generic_write_sync.", room => RawCall.PageVector(WriteVector, room.DataSynchronous, 0)),
        new("write, O_SYNC", "The same.", room => RawCall.PageVector(WriteVector, room.Synchronous, 0)),
        new("write, O_DIRECT", "Sent as WRITE alone, past the kernel's cache: durable with the next fsync.", room => RawCall.PageVector(WriteVector, room.Direct, 0)),
        new("write, O_DIRECT|O_DSYNC", "Sent as WRITE and FSYNC, past the kernel's cache.", room => RawCall.PageVector(WriteVector, room.DirectDataSynchronous, 0)),
        new("write, O_DIRECT|O_SYNC", "The same.", room => RawCall.PageVector(WriteVector, room.DirectSynchronous, 0)),
        new("pwritev2 RWF_DSYNC, O_DIRECT", "The same.", room => RawCall.PageVector(WriteVector, room.Direct, 2)),
        new("fcntl F_SET_RW_HINT", "Kept in the kernel's inode.", room => Hint(room.File)),
        new("fcntl F_ADD_SEALS", "fcntl(2): only where the file system can seal, as that of memfd_create(2).", room => RawCall.Fcntl(room.File, 1033, 1)),
    ];

    private static IEnumerable<Probe> Watching() =>
    [
        new("inotify_add_watch(2)", "Kept by the kernel, which sees every change, for the mount is the volume's only writable door.", room => RawCall.WithPath(254, room.Scratch, room.DirectoryPath, 0x100)),
        new("fcntl F_NOTIFY", "The same (dnotify).", room => RawCall.Fcntl(room.Folder, 1026, 4)),
        new("fanotify_mark FAN_MARK_ADD, by file", "The same.", room => Mark(room, 0, 0)),
        new("fanotify_mark FAN_MARK_FILESYSTEM, FAN_REPORT_FID", "fanotify_test_fsid: STATFS carries no file system id, so a FUSE mount has none.", room => Mark(room, 0x200, 0x100)),
        new("fcntl F_SETLEASE F_RDLCK", "FUSE has no setlease operation: kept by the kernel.", room => RawCall.Fcntl(room.Unwritten, 1024, 0)),
    ];

    private static IEnumerable<Probe> Locks() =>
    [
        new("flock LOCK_EX", "Kept by the kernel: FUSE_FLOCK_LOCKS is not asked for, the mount being the only door.", room => RawCall.Call(73, room.File, 6)),
        new("fcntl F_OFD_SETLK", "The same (FUSE_POSIX_LOCKS).", room => Lock(room.File)),
        new("access(2)", "The kernel decides by mode and access list (default_permissions).", room => RawCall.PathFirst(21, room.Path, 4)),
    ];

    private static IEnumerable<Probe> Administration() =>
    [
        new("quotactl_fd Q_GETFMT", "do_quotactl: FUSE has no quotas of the kernel's. On ext4 ESRCH: none is on.", room => RawCall.QuotaOf(room.Mount)),
        new("ioctl FS_IOC_FSGETXATTR", "Sent: fuse_fileattr_get.", room => RawCall.Ioctl(room.File, 0x801C581F, new byte[28])),
        new("file_getattr(2)", "Sent as the same ioctl.", room => RawCall.FileAttributes(room.Path)),
        new("ioctl FS_IOC_GETVERSION", "Sent; the inode's generation.", room => RawCall.Ioctl(room.File, 0x80087601, new byte[8])),
        new("ioctl FS_IOC_GETFSUUID", "ioctl_getfsuuid: a FUSE mount has no UUID. That of the volume is in tessera info.", room => RawCall.Ioctl(room.File, 0x80111500, new byte[17])),
        new("ioctl FS_IOC_GETFSLABEL", Answered + "volumes have no label.", room => RawCall.Ioctl(room.File, 0x81009431, new byte[256])),
        new("ioctl FS_IOC_SETFLAGS FS_CASEFOLD_FL", Answered + "names differ by case. On ext4 a feature of mkfs.", room => RawCall.Ioctl(room.Folder, 0x40086602, RawCall.Words(8, 0x40000000))),
        new("ioctl FS_IOC_ENABLE_VERITY", Answered + "every byte is authenticated anyway.", room => RawCall.Ioctl(room.Unwritten, 0x40806685, RawCall.Words(128, 1 | (1L << 32), 4096))),
        new("ioctl FS_IOC_SET_ENCRYPTION_POLICY", Answered + "everything is sealed anyway.", room => RawCall.Ioctl(room.Folder, 0x800C6613, new byte[12])),
        new("mount_setattr MOUNT_ATTR_IDMAP", "SB_I_NOIDMAP stands until the daemon asks for FUSE_ALLOW_IDMAP: -o idmap.", MapIds),
    ];

    private static unsafe long Hint(int file)
    {
        long hint = 2;
        return RawCall.Fcntl(file, 1036, (nint)(&hint));
    }

    private static unsafe long Lock(int file)
    {
        byte* request = stackalloc byte[32]; // struct flock, all zero: F_RDLCK of everything
        return RawCall.Fcntl(file, 37, (nint)request);
    }

    private static unsafe long Mark(ProbeRoom room, nint report, nint kind)
    {
        int group = room.Keep((int)RawCall.Call(300, report, 0));
        fixed (byte* path = System.Text.Encoding.UTF8.GetBytes(room.Path + "\0"))
        {
            return RawCall.Call(301, group, 1 | kind, 2, Kernel.SeekSet - 100, (nint)path);
        }
    }

    private static long MapIds(ProbeRoom room)
    {
        var ids = new UserNamespace();
        long result = RawCall.MapIds(room.Mount, ids.File);
        int error = Marshal.GetLastPInvokeError();
        ids.Dispose();
        Marshal.SetLastPInvokeError(error);
        return result;
    }
}
