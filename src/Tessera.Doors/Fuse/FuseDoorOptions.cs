using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>How the FUSE door behaves.</summary>
public sealed record FuseDoorOptions
{
    /// <summary>How long the kernel may use names and attributes without asking. Long, because this door is the volume's only one:
    /// every change comes through the kernel, which then knows.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>How long it may use names without asking, where that is not <see cref="CacheTime"/>.</summary>
    public TimeSpan? EntryTime { get; init; }

    /// <summary>How long it may take a name not to be there, where that is not as long as one that is.</summary>
    public TimeSpan? NegativeTime { get; init; }

    /// <summary>The kernel is asked to read and write files by itself, as <see cref="FuseDoor.Backed"/> says. Needs CAP_SYS_ADMIN and Linux 6.9; without, every
    /// read and write comes through the door.</summary>
    public bool Passthrough { get; init; }

    /// <summary>The kernel checks permissions (mount option <c>default_permissions</c>), so the engine need not.</summary>
    public bool KernelChecksPermissions { get; init; } = true;

    /// <summary>The kernel keeps a file's data, and a directory's entries, from one open to the next. A read that it answers from there marks no access
    /// time: the file system never hears of it.</summary>
    public bool KeepsCache { get; init; } = true;

    /// <summary>The kernel keeps nothing of a file's content: each read and write is a request. A file can then not be mapped shared (mmap(2): ENODEV).</summary>
    public bool DirectIo { get; init; }

    /// <summary>Directories need no opening: the kernel asks once in a mount's life, is told so, and lists them without (fuse.h: FUSE_NO_OPENDIR_SUPPORT). It then takes
    /// <see cref="KeepsCache"/> to be on for them.</summary>
    public bool SkipsOpenDirectory { get; init; }

    /// <summary>Whoever opens a file has its attributes asked for anew: others may have changed it within <see cref="CacheTime"/>.</summary>
    public bool AsksOnOpen { get; init; }

    /// <summary>Locks of fcntl(2) and flock(2) are asked for at the door (<see cref="FuseDoor.Locks"/>); otherwise the kernel keeps them, for this mount alone.</summary>
    public bool AsksForLocks { get; init; }

    /// <summary>All files are shown as this user's, whatever the volume says; null: as it says. What is made belongs to who makes it.</summary>
    public uint? Uid { get; init; }

    /// <summary>The same for the group.</summary>
    public uint? Gid { get; init; }

    /// <summary>The kernel may be asked for id-mapped mounts of this one (mount_setattr(2)). It then tells who asks only of requests that make something.</summary>
    public bool AllowIdMap { get; init; }

    /// <summary>Answers for the extended attributes <see cref="OwnPrefix"/>…, of every inode alike: the value, or null where there is none. It may wait for the disk. Null: there are none.
    /// What the file system has under such names is never told: a user must not be able to say it.</summary>
    public Func<string, byte[]?>? OwnAttributes { get; init; }

    /// <summary>What becomes of such an attribute that somebody sets on the root: it must not wait for the mount itself. Null: none can be set.</summary>
    public OwnAttributeSetter? SetOwnAttribute { get; init; }

    /// <summary>How names begin that are the mount's, not the files'.</summary>
    public const string OwnPrefix = "system.tessera.";

    /// <summary>The attributes as the kernel is to see them.</summary>
    internal InodeAttributes Shown(in InodeAttributes attributes) => Uid is null && Gid is null
        ? attributes
        : attributes with { Uid = Uid ?? attributes.Uid, Gid = Gid ?? attributes.Gid };

    /// <summary>How long the kernel may use attributes without asking.</summary>
    internal TimeSpan Believed(in InodeAttributes attributes) => attributes.IsProvisional ? TimeSpan.Zero : CacheTime;

    /// <summary>What the door asks of the kernel.</summary>
    /// <remarks>With PosixAcl the kernel asks for an inode's access list when somebody other than the owner comes and the mode gives the group something. It
    /// remembers the answer, also that there is none; only the root's it asks for each time, having made that inode before INIT told it of lists.</remarks>
    public FuseFeatures Features =>
        (AllowIdMap ? FuseFeatures.AllowIdMap : FuseFeatures.None)
        | (SkipsOpenDirectory ? FuseFeatures.NoOpenDirectorySupport : FuseFeatures.None)
        | (Passthrough ? FuseFeatures.Passthrough : FuseFeatures.None)
        | (AsksForLocks ? FuseFeatures.PosixLocks | FuseFeatures.FlockLocks : FuseFeatures.None)
        | FuseOptions.DefaultFeatures
        | FuseFeatures.ExportSupport
        | FuseFeatures.ReadDirectoryPlus
        | FuseFeatures.ReadDirectoryPlusAuto
        | FuseFeatures.HandleKillPrivilegesV2
        | FuseFeatures.CreateSupplementaryGroup
        | FuseFeatures.PosixAcl
        | FuseFeatures.DontMask;
}
