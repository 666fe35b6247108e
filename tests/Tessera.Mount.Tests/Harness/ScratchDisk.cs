namespace Tessera.Mount.Tests.Harness;

/// <summary>A small file system in memory, for disks that are full or read-only.</summary>
internal sealed class ScratchDisk : IAsyncDisposable
{
    /// <param name="scratch">Where its mount point is made.</param>
    /// <param name="size">As mount(8) takes it: "64M".</param>
    public ScratchDisk(string scratch, string size)
    {
        Path = System.IO.Path.Combine(scratch, "disk");
        Directory.CreateDirectory(Path);
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", $"size={size}", "tmpfs", Path);
    }

    public string Path { get; }

    public void MakeReadOnly() => Programs.Run("/", "mount", "-o", "remount,ro", Path);

    public ValueTask DisposeAsync()
    {
        Programs.Run("/", "umount", "-l", Path);
        Directory.Delete(Path);
        return ValueTask.CompletedTask;
    }
}
