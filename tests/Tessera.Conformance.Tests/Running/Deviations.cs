namespace Tessera.Conformance.Tests.Running;

/// <summary>The one list of clauses that a place does not keep.</summary>
internal static class Deviations
{
    private const string CollapseOfFuse =
        "The kernel never sends it to FUSE daemons: fuse_file_fallocate() of Linux 6.18 refuses every mode but KEEP_SIZE, PUNCH_HOLE and ZERO_RANGE.";

    private const string CachedRead =
        "What the kernel has of a file in its cache it reads from there, and the daemon never hears of it (FOPEN_KEEP_CACHE, which is our choice: else each open would read anew what was read or written before); strictatime drops the cache at each open(2).";

    private const string TimesOfPipes =
        "The kernel's own pipe takes the bytes; it neither marks times of FUSE inodes (S_NOCMTIME, fs/fuse/inode.c of Linux 6.18) nor tells the daemon.";

    private const string TimesOfHost =
        "The file system beneath keeps the access times, as it was mounted: relatime. What the kernel has in its cache it reads from there.";

    private const string ChangeOfNothing =
        "The kernel sends the same request before an fallocate of such a file, and does not ask who owns it: fuse_setattr() and file_modified() of Linux 6.18 (docs/limits-of-fuse.md).";

    private const string LimitOfHost =
        "ext4 ends at 16 TiB, which no request tells the kernel of a FUSE mount: it is met with EFBIG where it is, not at the mount's largest offset.";

    public static IReadOnlyList<Deviation> All { get; } =
    [
        new(PlaceSet.Tessera, "mount.8:relatime-first", "the first read marks atime: False", CachedRead),
        new(PlaceSet.Tessera, "mount.8:relatime-changed", "a read after chmod marks atime: False", CachedRead),
        new(PlaceSet.Tessera, "mount.8:strictatime-same-descriptor", "read 2 marks atime: False", CachedRead),
        new(PlaceSet.Tessera, "fifo.7:mtime", "a write into a FIFO marks: ", TimesOfPipes),
        new(PlaceSet.Directory, "fifo.7:mtime", "a write into a FIFO marks: ", TimesOfPipes),
        new(PlaceSet.Tessera, "chown.2:EPERM-writer", "no error", ChangeOfNothing),
        new(PlaceSet.Directory, "chown.2:EPERM-writer", "no error", ChangeOfNothing),
        new(PlaceSet.Directory, "chown.2:EPERM-open", "no error", ChangeOfNothing),
        new(PlaceSet.Tessera, "utimensat.2:year-3000", "seconds of mtime: 9223372035", "Times are 64-bit nanoseconds, until the year 2262: later ones are cut to it."),
        new(PlaceSet.Tessera, "statx.2:stx_attributes", "bits for flag 0x10: 0", "The kernel takes only the birth time from a FUSE daemon's statx reply, no attributes (Linux 6.18, fuse_do_statx()); FS_IOC_GETFLAGS tells them."),
        new(PlaceSet.Tessera, "fallocate.2:COLLAPSE_RANGE", "EOPNOTSUPP", CollapseOfFuse),
        new(PlaceSet.Tessera, "fallocate.2:INSERT_RANGE", "EOPNOTSUPP", CollapseOfFuse),
        new(PlaceSet.Tmpfs, "fallocate.2:COLLAPSE_RANGE", "EOPNOTSUPP", "tmpfs has no FALLOC_FL_COLLAPSE_RANGE."),
        new(PlaceSet.Tmpfs, "fallocate.2:INSERT_RANGE", "EOPNOTSUPP", "tmpfs has no FALLOC_FL_INSERT_RANGE."),
        new(PlaceSet.Tmpfs, "link.2:EMLINK", "no error", "tmpfs has no such limit; only its count of inodes ends it."),
        new(PlaceSet.Tmpfs, "mmap.2:tail", "the byte past the end, after growth: X", "On tmpfs the mapped page is the file's: what was stored past the end shows when the file grows."),
        new(PlaceSet.Ext4, "utimensat.2:year-3000", "seconds of mtime: 15032385535", "34 bits of seconds, until the year 2446: later ones are cut to it."),
        new(PlaceSet.Tmpfs, "fallocate.2:ZERO_RANGE", "EOPNOTSUPP", "tmpfs has no FALLOC_FL_ZERO_RANGE."),
        new(PlaceSet.Tmpfs, "fallocate.2:ZERO_RANGE-mtime", "EOPNOTSUPP", "tmpfs has no FALLOC_FL_ZERO_RANGE."),
        new(PlaceSet.Directory, "mount.8:relatime-changed", "a read after chmod marks atime: False", TimesOfHost),
        new(PlaceSet.Directory, "mount.8:strictatime", "read 2 marks atime: False", TimesOfHost),
        new(PlaceSet.Directory, "mount.8:strictatime-directory", "listing 2 marks atime: False", TimesOfHost),
        new(PlaceSet.Directory, "mount.8:strictatime-same-descriptor", "read 2 marks atime: False", TimesOfHost),
        new(PlaceSet.Directory, "utimensat.2:year-3000", "seconds of mtime: 15032385535", "ext4 beneath: 34 bits of seconds, until the year 2446; later ones are cut to it."),
        new(PlaceSet.Directory, "xattr.7:size-64K", "ENOSPC", "ext4 beneath keeps a file's attributes in one block, 4 KiB (xattr(7))."),
        new(PlaceSet.Directory, "statx.2:stx_attributes", "bits for flag 0x10: 0", "The kernel takes only the birth time from a FUSE daemon's statx reply, no attributes (Linux 6.18, fuse_do_statx()); FS_IOC_GETFLAGS tells them."),
        new(PlaceSet.Directory, "fallocate.2:COLLAPSE_RANGE", "EOPNOTSUPP", CollapseOfFuse),
        new(PlaceSet.Directory, "fallocate.2:INSERT_RANGE", "EOPNOTSUPP", CollapseOfFuse),
        new(PlaceSet.Directory, "write.2:largest-offset", "EFBIG", LimitOfHost),
        new(PlaceSet.Directory, "truncate.2:largest", "EFBIG", LimitOfHost),
        new(PlaceSet.Ext4, "xattr.7:size-64K", "ENOSPC", "ext4 keeps a file's attributes in one block, 4 KiB (xattr(7))."),
    ];

    public static Deviation? Find(string place, string clause) =>
        All.FirstOrDefault(one => one.Place == place && one.Clause == clause);
}
