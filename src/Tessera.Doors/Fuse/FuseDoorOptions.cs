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
