namespace Tessera.Fuse;

/// <summary><c>MS_*</c> of mount(2), with their names in mount(8).</summary>
internal static class MountFlags
{
    /// <summary>Flags that are set, and the word for each.</summary>
    public static IEnumerable<(nuint Flag, string Word)> Of(FuseMountOptions options)
    {
        if (options.ReadOnly)
            yield return (1, "ro");
        if (options.NoSuid)
            yield return (2, "nosuid");
        if (options.NoDevices)
            yield return (4, "nodev");
        if (options.NoExecute)
            yield return (8, "noexec");
        if (options.Synchronous)
            yield return (16, "sync");
        if (options.DirectorySync)
            yield return (128, "dirsync");
        if (options.NoAccessTime)
            yield return (1024, "noatime");
        if (options.NoDirectoryAccessTime)
            yield return (2048, "nodiratime");
        if (options.RelativeAccessTime)
            yield return (1 << 21, "relatime");
        if (options.StrictAccessTime)
            yield return (1 << 24, "strictatime");
    }
}
