namespace Tessera.Mount.Tests.Harness;

/// <summary>A block device whose sectors lie in a file (loop(4)), as long as this is not disposed.</summary>
internal sealed class LoopDevice : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-loop-").FullName;

    private LoopDevice(long length)
    {
        Sectors = System.IO.Path.Combine(_directory, "sectors");
        using (FileStream file = File.Create(Sectors))
        {
            file.SetLength(length);
        }

        Path = Programs.Run(_directory, "losetup", "--find", "--show", Sectors).Trim();
    }

    /// <summary>Of the device.</summary>
    public string Path { get; }

    /// <summary>The file.</summary>
    public string Sectors { get; }

    /// <summary>One that is empty; the test is skipped where there are none.</summary>
    public static LoopDevice Make(long length)
    {
        Assert.SkipUnless(File.Exists("/dev/loop-control"), "there are no loop devices");
        return new LoopDevice(length);
    }

    /// <summary>The disk beneath has become larger.</summary>
    public void Extend(long length)
    {
        using (FileStream file = File.Open(Sectors, FileMode.Open, FileAccess.Write, FileShare.ReadWrite))
        {
            file.SetLength(length);
        }

        Programs.Run(_directory, "losetup", "--set-capacity", Path);
    }

    public void Dispose()
    {
        Programs.Run(_directory, "losetup", "--detach", Path);
        Directory.Delete(_directory, recursive: true);
    }
}
