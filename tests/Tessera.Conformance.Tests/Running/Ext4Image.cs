using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>ext4 in a file, on a loop device.</summary>
internal sealed class Ext4Image : Place
{
    private const int OrdinaryMiB = 768;
    private const int OrdinaryInodes = 100_000;
    private const int SmallMiB = 16;
    private const int SmallInodes = 512;

    public Ext4Image(Ground ground)
    {
        Path = System.IO.Path.Combine(Scratch, "ext4");
        Directory.CreateDirectory(Path);
        string image = System.IO.Path.Combine(Scratch, "image");
        using (FileStream file = System.IO.File.Create(image))
        {
            file.SetLength((long)(ground is Ground.Small ? SmallMiB : OrdinaryMiB) << 20);
        }

        string inodes = (ground is Ground.Small ? SmallInodes : OrdinaryInodes).ToString(CultureInfo.InvariantCulture);
        string[] small = ground is Ground.Small ? ["-m", "0"] : [];
        Programs.Run("/", "mkfs.ext4", ["-q", "-b", "4096", "-I", "256", "-N", inodes, .. small, image]);
        Programs.Run("/", "mount", "-o", AccessTimeOption.AddTo("loop", ground), image, Path);
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
