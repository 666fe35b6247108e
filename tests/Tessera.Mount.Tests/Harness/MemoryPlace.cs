namespace Tessera.Mount.Tests.Harness;

/// <summary>A file system of Linux's own, in memory: what its kernel answers is what a mount is compared with.</summary>
internal sealed class MemoryPlace : Place
{
    public MemoryPlace()
    {
        Path = System.IO.Path.Combine(Scratch, "memory");
        Directory.CreateDirectory(Path);
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", "size=256M,mode=755", "tmpfs", Path);
    }

    public override string Path { get; }

    /// <summary>The machine's own file system is believed.</summary>
    public override void Check()
    {
    }

    public override ValueTask DisposeAsync()
    {
        Programs.Run("/", "umount", "-l", Path);
        return base.DisposeAsync();
    }
}
