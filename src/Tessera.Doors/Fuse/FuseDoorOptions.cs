using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>How the FUSE door behaves.</summary>
public sealed record FuseDoorOptions
{
    /// <summary>How long the kernel may use names and attributes without asking. Long, because this door is the volume's only one:
    /// every change comes through the kernel, which then knows.</summary>
    public TimeSpan CacheTime { get; init; } = TimeSpan.FromHours(1);

    /// <summary>The kernel checks permissions (mount option <c>default_permissions</c>), so the engine need not.</summary>
    public bool KernelChecksPermissions { get; init; } = true;

    /// <summary>What the door asks of the kernel.</summary>
    /// <remarks>With PosixAcl the kernel asks for an inode's access list when somebody other than the owner comes and the mode gives the group something. It
    /// remembers the answer, also that there is none; only the root's it asks for each time, having made that inode before INIT told it of lists.</remarks>
    public static FuseFeatures Features { get; } =
        FuseOptions.DefaultFeatures
        | FuseFeatures.ExportSupport
        | FuseFeatures.ReadDirectoryPlus
        | FuseFeatures.ReadDirectoryPlusAuto
        | FuseFeatures.HandleKillPrivilegesV2
        | FuseFeatures.CreateSupplementaryGroup
        | FuseFeatures.PosixAcl
        | FuseFeatures.DontMask;
}
