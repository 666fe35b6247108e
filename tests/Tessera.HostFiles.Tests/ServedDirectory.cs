using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Tests;

/// <summary>A directory of the host served without a door, and cleared away.</summary>
internal sealed class ServedDirectory : IDisposable
{
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");

    public ServedDirectory()
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(scratch.FullName, "served")).FullName;
        Files = HostDirectory.Open(Path, new HostDirectoryOptions { Freshness = TimeSpan.FromHours(1) });
    }

    public string Path { get; }

    /// <summary>The directory that holds it: outside.</summary>
    public string Above => scratch.FullName;

    public HostDirectory Files { get; }

    public static Caller Me { get; } = new(0, 0, 0, Door.Internal, KernelChecked: true);

    public static byte[] Name(string name) => Encoding.UTF8.GetBytes(name);

    /// <summary>Every call completes on the calling thread.</summary>
    public static T Done<T>(ValueTask<T> task)
    {
        task.IsCompletedSuccessfully.ShouldBeTrue();
        return task.Result;
    }

    public FsResult<InodeAttributes> Lookup(string name) => Done(Files.LookupAsync(Me, FsLimits.RootInode, Name(name)));

    public void Dispose()
    {
        Files.Dispose();
        scratch.Delete(recursive: true);
    }
}
