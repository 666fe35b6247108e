namespace Tessera.Container.Media;

/// <summary>From the path of a volume to its medium: a file, a block device, or a folder of equal files.</summary>
public static class HostMedium
{
    /// <exception cref="MediumException">As <see cref="FileMedium.Open"/> and <see cref="FileParts.Open"/>.</exception>
    public static IHostMedium Open(string path, FileMediumOptions? options = null)
    {
        options ??= new FileMediumOptions();
        return Directory.Exists(path) ? new FolderMedium(FileParts.Open(path, options)) : FileMedium.Open(path, options);
    }

    /// <summary>Whether a volume may be in a folder there: the first of its files is.</summary>
    public static bool IsFolder(string path) => File.Exists(Path.Combine(path, FileParts.NameOf(0)));
}
