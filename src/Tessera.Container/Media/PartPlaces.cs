namespace Tessera.Container.Media;

/// <summary>Where the files of a folder lie: in it, or, by symbolic links of the same name, in other directories (docs/format/folder.md, Several disks).</summary>
internal sealed class PartPlaces
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;
    private readonly string folder;
    private readonly List<string> directories;
    private readonly List<int> counts;
    private readonly Func<int, int>? deal;

    private PartPlaces(string folder, IEnumerable<string> directories, Func<int, int>? deal)
    {
        this.folder = folder;
        this.directories = [.. directories];
        this.deal = deal;
        counts = [.. this.directories.Select(_ => 0)];
    }

    /// <summary>Bytes that their disks can still give to files that are made in turn.</summary>
    public long FreeBytes => directories.Count * directories.Min(static directory => new DriveInfo(directory).AvailableFreeSpace);

    /// <summary>Of a new folder.</summary>
    /// <param name="folder">Its path.</param>
    /// <param name="spread">Where its files are to lie; null: in it.</param>
    /// <param name="partBytes">What of each file is the medium's, bytes.</param>
    public static PartPlaces New(string folder, PartSpread? spread, long partBytes)
    {
        IReadOnlyList<string> spreadOver = spread?.Directories ?? [Path.GetFullPath(folder)];
        foreach (string directory in spreadOver)
        {
            MakeDirectory(directory);
        }

        return new PartPlaces(Path.GetFullPath(folder), spreadOver, spread?.Deal(partBytes) ?? spread?.InTurn);
    }

    /// <summary>For its owner alone, unless it is there.</summary>
    public static void MakeDirectory(string directory) => Directory.CreateDirectory(directory, OwnerOnly);

    /// <summary>Of a folder with these files.</summary>
    public static PartPlaces Of(string folder, IEnumerable<int> numbers)
    {
        var places = new PartPlaces(Path.GetFullPath(folder), [], deal: null);
        foreach (int number in numbers)
        {
            places.Count(Path.GetDirectoryName(TargetOf(places.LinkOf(number)) ?? places.LinkOf(number))!);
        }

        return places;
    }

    /// <summary>Where a link of a folder leads; null: it is none, or nothing is there.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.Unsuitable"/>: to a file of another name, which is none of the folder's.</exception>
    public static string? TargetOf(string path)
    {
        if (new FileInfo(path).LinkTarget is not { } written)
        {
            return null;
        }

        string target = Path.GetFullPath(written, Path.GetDirectoryName(Path.GetFullPath(path))!);
        return Path.GetFileName(target) == Path.GetFileName(path)
            ? target
            : throw new MediumException(MediumFault.Unsuitable, $"{path} is a link to {target}: one of a volume's files leads to a file of the same name.");
    }

    /// <summary>Where a lost file is to be made anew: where its link leads, when there is one.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.Truncated"/>: to a directory that is not there.</exception>
    public static string PlaceOf(string path) => TargetOf(path) is not { } target ? path
        : Directory.Exists(Path.GetDirectoryName(target)) ? target
        : throw new MediumException(
            MediumFault.Truncated, $"{path} leads to {target}, and there is no such directory. Make it, on a disk in the place of the lost one, or remove the link: then the file is made in the folder itself.");

    /// <summary>Where a new file is to be made: nothing is there, and what leads to it is.</summary>
    /// <exception cref="MediumException">A link of that name leads to where nothing can be made.</exception>
    public string Prepare(int number)
    {
        string name = LinkOf(number);
        string path = TargetOf(name) is null ? Path.Combine(directories[deal?.Invoke(number) ?? counts.IndexOf(counts.Min())], Path.GetFileName(name)) : PlaceOf(name);
        if (TargetOf(name) is not null || path == name)
        {
            File.Delete(path); // Only what was cut short lies there: a whole one would have counted.
        }

        if (path != name)
        {
            File.Delete(name);
            File.CreateSymbolicLink(name, path); // First: what a cut leaves of the file is known to be ours then.
            FileMedium.SyncDirectoryOf(name);
        }

        Count(Path.GetDirectoryName(path)!);
        return path;
    }

    private void Count(string directory)
    {
        int at = directories.IndexOf(directory);
        if (at < 0)
        {
            directories.Add(directory);
            counts.Add(1);
        }
        else
        {
            counts[at]++;
        }
    }

    private string LinkOf(int number) => Path.Combine(folder, FileParts.NameOf(number));
}
