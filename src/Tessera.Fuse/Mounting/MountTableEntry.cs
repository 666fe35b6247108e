namespace Tessera.Fuse;

/// <summary>One mount.</summary>
public sealed record MountTableEntry(string MountPoint, string Type, string Source, uint DeviceMajor, uint DeviceMinor)
{
    public bool IsFuse => Type == "fuse" || Type.StartsWith("fuse.", StringComparison.Ordinal);

    /// <summary>The directory's name in <c>/sys/fs/fuse/connections</c>: the file system's device number in the kernel's encoding.</summary>
    public uint ConnectionNumber => (DeviceMajor << 20) | DeviceMinor;
}
