using Tessera.Container.Veiling;

namespace Tessera.Container.Media;

/// <summary>From the path of a volume to its medium: a file, a block device, or a folder of equal files.</summary>
public static class HostMedium
{
    /// <summary>Opens it. Of what may be a scattered volume the times are hidden, unless they are to show.</summary>
    /// <exception cref="MediumException">As <see cref="FileMedium.Open"/> and <see cref="FileParts.Open"/>.</exception>
    public static IHostMedium Open(string path, FileMediumOptions? options = null)
    {
        options ??= new FileMediumOptions();
        IHostMedium medium = Directory.Exists(path) ? new FolderMedium(FileParts.Open(path, options)) : FileMedium.Open(path, options);
        try
        {
            if (!options.ReadOnly && !options.ShowTimes && VeiledMedium.IsPlausible(medium))
            {
                medium.HideTimes();
            }

            return medium;
        }
        catch
        {
            medium.Dispose();
            throw;
        }
    }

    /// <summary>Whether a volume may be in a folder there: the first of its files is.</summary>
    public static bool IsFolder(string path) => File.Exists(Path.Combine(path, FileParts.NameOf(0)));
}
