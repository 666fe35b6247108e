namespace Tessera.Host.Native;

/// <summary>Names outlive a power cut when their directory is on the disk (fsync(2)).</summary>
internal static class DirectoryDurability
{
    /// <summary>Waits until the names in a directory are on the disk. A directory that cannot be opened, or a file system that has no such call, is left as it is.</summary>
    public static void Sync(string directory)
    {
        int descriptor = Libc.Open(directory, Libc.O_CLOEXEC);
        if (descriptor >= 0)
        {
            _ = Libc.Sync(descriptor);
            _ = Libc.Close(descriptor);
        }
    }
}
