using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>tmpfs, which keeps its files in memory.</summary>
internal sealed class Tmpfs : Place
{
    public Tmpfs(Ground ground)
    {
        Path = System.IO.Path.Combine(Scratch, "tmpfs");
        Directory.CreateDirectory(Path);
        string size = ground is Ground.Small ? "size=8M,nr_inodes=512" : "size=256M,nr_inodes=200k";
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", AccessTimeOption.AddTo($"{size},mode=755", ground), "tmpfs", Path);
        if (ground is Ground.ReadOnly)
        {
            ReadOnlyGround.Prepare(Path);
            Programs.Run("/", "mount", "-o", "remount,ro", Path);
        }
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
