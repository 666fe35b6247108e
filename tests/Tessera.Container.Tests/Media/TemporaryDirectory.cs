namespace Tessera.Container.Tests.Media;

/// <summary>A new directory that goes when the test does.</summary>
public sealed class TemporaryDirectory : IDisposable
{
    private TemporaryDirectory(string path) => Path = path;

    public string Path { get; }

    public static TemporaryDirectory Create() => new(Directory.CreateTempSubdirectory("tessera-medium-").FullName);

    /// <summary>In memory (tmpfs), where the machine has it.</summary>
    public static TemporaryDirectory? TryCreateInMemory() =>
        Directory.Exists("/dev/shm") ? new(Directory.CreateDirectory($"/dev/shm/tessera-medium-{Guid.NewGuid():N}").FullName) : null;

    public string File(string name) => System.IO.Path.Combine(Path, name);

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
