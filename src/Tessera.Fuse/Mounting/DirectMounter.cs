namespace Tessera.Fuse;

/// <summary>Mounting by mount(2), for those who may (CAP_SYS_ADMIN).</summary>
internal static class DirectMounter
{
    private const string DirectoryMode = "40000";
    private const string FileMode = "100000";

    public static FuseDevice Mount(string mountPoint, FuseMountOptions options, int maxRead)
    {
        var device = FuseDevice.Open();
        nuint flags = 0;
        foreach (var (flag, _) in MountFlags.Of(options))
            flags |= flag;

        var type = options.Subtype.Length == 0 ? "fuse" : $"fuse.{options.Subtype}";
        if (LibC.Mount(options.Source, mountPoint, type, flags, Data(device.Descriptor, mountPoint, options, maxRead)) == 0)
            return device;

        var error = (Errno)LibC.LastError;
        device.Dispose();
        throw new FuseMountException(error, error switch
        {
            Errno.ENODEV => "This kernel has no FUSE (try: modprobe fuse).",
            Errno.EPERM => "This user may not mount.",
            Errno.ENOENT => "The mount point does not exist.",
            Errno.ENOTCONN => "The mount point is that of a daemon that died; detach it first.",
            Errno.EBUSY => "The mount point is in use.",
            _ => $"mount(2) failed ({error}).",
        });
    }

    private static string Data(int descriptor, string mountPoint, FuseMountOptions options, int maxRead)
    {
        var mode = File.Exists(mountPoint) ? FileMode : DirectoryMode;
        var data = $"fd={descriptor},rootmode={mode},user_id={LibC.EffectiveUserId()},group_id={LibC.EffectiveGroupId()},max_read={maxRead}";
        if (options.AllowOther)
            data += ",allow_other";
        if (options.DefaultPermissions)
            data += ",default_permissions";
        return data;
    }
}
