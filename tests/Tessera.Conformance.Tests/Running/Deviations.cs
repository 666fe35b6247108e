namespace Tessera.Conformance.Tests.Running;

/// <summary>The one list of clauses that a place does not keep.</summary>
internal static class Deviations
{
    public static IReadOnlyList<Deviation> All { get; } =
    [
        new(PlaceSet.Tessera, "open.2:O_TMPFILE", "Not yet built: FUSE_TMPFILE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "open.2:O_TMPFILE-O_EXCL", "Not yet built: FUSE_TMPFILE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "open.2:O_TMPFILE-linkat", "Not yet built: FUSE_TMPFILE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "open.2:O_NOATIME", "Ours to mend: a read through O_NOATIME marks atime; the flag comes with FUSE_OPEN."),
        new(PlaceSet.Tessera, "rename.2:RENAME_WHITEOUT", "Not yet built: EINVAL."),
        new(PlaceSet.Tessera, "statx.2:btime", "Not yet built: FUSE_STATX, which carries the birth time."),
        new(PlaceSet.Tessera, "utimensat.2:year-3000", "Times are 64-bit nanoseconds, until the year 2262: later ones are cut to it."),
        new(PlaceSet.Ext4, "utimensat.2:year-3000", "34 bits of seconds, until the year 2446: later ones are cut to it."),
        new(PlaceSet.Tmpfs, "fallocate.2:ZERO_RANGE", "tmpfs has no FALLOC_FL_ZERO_RANGE: EOPNOTSUPP."),
        new(PlaceSet.Tessera, "fallocate.2:KEEP_SIZE", "Not yet built: FUSE_FALLOCATE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "fallocate.2:PUNCH_HOLE", "Not yet built: FUSE_FALLOCATE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "fallocate.2:ZERO_RANGE", "Not yet built: FUSE_FALLOCATE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "fallocate.2:allocate", "Not yet built: FUSE_FALLOCATE, EOPNOTSUPP until then."),
        new(PlaceSet.Tessera, "lseek.2:ENXIO", "Not yet built: FUSE_LSEEK; the kernel takes a file for one piece of data."),
        new(PlaceSet.Tessera, "lseek.2:SEEK_DATA", "Not yet built: FUSE_LSEEK; the kernel takes a file for one piece of data."),
        new(PlaceSet.Tessera, "lseek.2:SEEK_HOLE", "Not yet built: FUSE_LSEEK; the kernel takes a file for one piece of data."),
        new(PlaceSet.Ext4, "xattr.7:size-64K", "ext4 keeps a file's attributes in one block, 4 KiB: ENOSPC (xattr(7))."),
        new(PlaceSet.Tessera, "ioctl_iflags.2:FS_APPEND_FL", "Not yet built: FUSE_IOCTL for FS_IOC_GETFLAGS, ENOTTY until then."),
        new(PlaceSet.Tessera, "ioctl_iflags.2:FS_IMMUTABLE_FL", "Not yet built: FUSE_IOCTL for FS_IOC_GETFLAGS, ENOTTY until then."),
        new(PlaceSet.Tessera, "open.2:O_TRUNC-clears", "Ours to mend: O_TRUNC of nobody privileged leaves set-user-ID and set-group-ID."),
        new(PlaceSet.Tessera, "setxattr.2:EEXIST", "Ours to mend: XATTR_CREATE is not heeded, the value is replaced."),
        new(PlaceSet.Tessera, "setxattr.2:ENODATA", "Ours to mend: XATTR_REPLACE is not heeded, the attribute is made."),
    ];

    public static Deviation? Find(string place, string clause) =>
        All.FirstOrDefault(one => one.Place == place && one.Clause == clause);
}
