namespace Tessera.Mount.Tests.Harness;

/// <summary>A directory for a test to work in: on a mounted volume, or on the machine's own file system to know that the test itself is right.</summary>
internal abstract class Place : IAsyncDisposable
{
    /// <summary>What every test directory's name begins with; ./test looks for mounts left in such.</summary>
    public const string Prefix = "tessera-test-";

    private readonly DirectoryInfo _scratch = Directory.CreateTempSubdirectory(Prefix);

    protected Place() =>
        File.SetUnixFileMode(_scratch.FullName, (UnixFileMode)0b111_101_101); // PostgreSQL's user has to get through it.

    /// <summary>Where the test works.</summary>
    public abstract string Path { get; }

    /// <summary>A directory beside it on the machine's own file system, for sources to copy from and copies to compare with.</summary>
    public string Scratch => _scratch.FullName;

    /// <summary>The last line of a test: whatever the place itself can prove of its state.</summary>
    public abstract void Check();

    public virtual ValueTask DisposeAsync()
    {
        _scratch.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }
}
