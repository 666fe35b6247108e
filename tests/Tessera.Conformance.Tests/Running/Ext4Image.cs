using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>ext4 in a file, on a loop device.</summary>
internal sealed class Ext4Image : Place
{
    private const long Size = 256L << 20;

    public Ext4Image()
    {
        Path = System.IO.Path.Combine(Scratch, "ext4");
        Directory.CreateDirectory(Path);
        string image = System.IO.Path.Combine(Scratch, "image");
        using (FileStream file = System.IO.File.Create(image))
        {
            file.SetLength(Size);
        }

        Programs.Run("/", "mkfs.ext4", "-q", "-b", "4096", "-I", "256", image);
        Programs.Run("/", "mount", "-o", "loop", image, Path);
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
