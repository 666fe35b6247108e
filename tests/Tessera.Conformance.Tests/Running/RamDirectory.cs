using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>tmpfs.</summary>
internal sealed class RamDirectory : Place
{
    public RamDirectory()
    {
        Path = System.IO.Path.Combine(Scratch, "tmpfs");
        Directory.CreateDirectory(Path);
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", "size=256M,mode=755", "tmpfs", Path);
    }

    public override string Path { get; }

    /// <summary>The kernel's own file system is believed.</summary>
    public override void Check()
    {
    }

    public override ValueTask DisposeAsync()
    {
        Programs.Run("/", "umount", "-l", Path);
        return base.DisposeAsync();
    }
}
