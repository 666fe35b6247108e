namespace Tessera.Mount.Tests.Harness;

/// <summary>A directory for files that a test needs before, or without, a place to work in.</summary>
internal sealed class ScratchDirectory : IDisposable
{
    private readonly DirectoryInfo _directory = Directory.CreateTempSubdirectory(Place.Prefix);

    public string Path => _directory.FullName;

    public void Dispose() => _directory.Delete(recursive: true);
}
