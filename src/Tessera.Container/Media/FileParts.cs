using System.Globalization;
using Tessera.Container.Veiling;

namespace Tessera.Container.Media;

/// <summary>The files of a folder on this host: <c>000000</c>, <c>000001</c> and so on, all of one length.</summary>
public sealed class FileParts : IPartFiles
{
    private const int NameDigits = 6;
    private readonly string directory;
    private readonly PartPlaces places;
    private readonly FileMediumOptions options;
    private readonly List<FileMedium> opened = [];
    private readonly int found;

    private FileParts(string directory, PartPlaces places, long fileBytes, int found, FileMediumOptions options)
    {
        this.directory = directory;
        this.places = places;
        this.options = options;
        this.found = found;
        FileBytes = fileBytes;
    }

    public long FileBytes { get; }

    public bool IsReadOnly => options.ReadOnly;

    public long HostFreeBytes => places.FreeBytes;

    /// <summary>The name of a file: its number, and nothing that says what it is of.</summary>
    public static string NameOf(int number) => number.ToString(CultureInfo.InvariantCulture).PadLeft(NameDigits, '0');

    /// <summary>A new folder, for its owner alone, with no file yet.</summary>
    /// <param name="directory">Its path.</param>
    /// <param name="fileBytes">Length of each file, bytes.</param>
    /// <param name="spread">Where they are to lie; null: in the folder.</param>
    public static FileParts Create(string directory, long fileBytes, PartSpread? spread = null)
    {
        PartPlaces.MakeDirectory(directory);
        return new FileParts(directory, PartPlaces.New(directory, spread, fileBytes - FolderMedium.StampPage), fileBytes, found: 0, new FileMediumOptions());
    }

    /// <summary>Removes a folder, and its files wherever they lie.</summary>
    public static void Delete(string directory)
    {
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles())
        {
            if (NumberOf(file.Name) is not null && PartPlaces.TargetOf(file.FullName) is { } target)
            {
                File.Delete(target);
            }
        }

        Directory.Delete(directory, recursive: true);
    }

    /// <summary>Looks which files there are. A last one that is shorter is what a growth left that was cut short, and counts as not there.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.Unsuitable"/>: no folder of equal files; <see cref="MediumFault.Truncated"/>: some of them are missing or
    /// too short; <see cref="MediumFault.Failed"/>: it has files in conflict.</exception>
    public static FileParts Open(string directory, FileMediumOptions options)
    {
        SortedDictionary<int, long> lengths = LengthsIn(directory);
        if (!lengths.TryGetValue(0, out long length))
        {
            throw lengths.Count == 0
                ? new MediumException(MediumFault.Unsuitable, $"{directory} is a directory without the files of a volume.")
                : Missing(directory, 0);
        }

        int whole = CountWhole(directory, lengths, length);
        return new FileParts(directory, PartPlaces.Of(directory, Enumerable.Range(0, whole)), length, whole, options);
    }

    /// <summary>The files there are, by their numbers, with their lengths.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.Failed"/>: it has files in conflict.</exception>
    internal static SortedDictionary<int, long> LengthsIn(string directory)
    {
        var lengths = new SortedDictionary<int, long>();
        foreach (FileInfo file in new DirectoryInfo(directory).EnumerateFiles())
        {
            if (NumberOf(file.Name) is { } number)
            {
                var its = new FileInfo(PartPlaces.TargetOf(file.FullName) ?? file.FullName);
                if (its.Exists)
                {
                    lengths[number] = its.Length;
                }
            }
            else if (IsOfConflict(file.Name))
            {
                throw new MediumException(
                    MediumFault.Failed,
                    $"{directory} has {file.Name} beside {file.Name[..NameDigits]}: it was changed in two places, and whatever copies it kept both. Decide which to keep, and move the other away.");
            }
        }

        return lengths;
    }

    public IReadOnlyList<IMedium> Open()
    {
        if (found > 0 && (FileBytes % FileMedium.PageBytes != 0 || FileBytes is <= FolderMedium.StampPage or > FolderMedium.MostFileBytes))
        {
            throw new MediumException(MediumFault.Unsuitable, $"{directory} is no folder of a volume: {NameOf(0)} has {FileBytes} bytes.");
        }

        try
        {
            for (int number = 0; number < found; number++)
            {
                opened.Add(FileMedium.Open(PathOf(number), OptionsFor(number)));
            }
        }
        catch
        {
            opened.ForEach(file => file.Dispose());
            throw;
        }

        return [.. opened];
    }

    public IMedium Add(int number)
    {
        string path = places.Prepare(number);
        FileMedium file = FileMedium.Create(path, FileBytes, OptionsFor(number));
        try
        {
            var page = new AlignedBuffer(FolderMedium.StampPage);
            using var noise = new NoiseStream();
            noise.Fill(page.Span);
            file.Write(0, page.Span, WriteMode.Durable);
            opened.Add(file);
            return file;
        }
        catch
        {
            file.Dispose();
            throw;
        }
    }

    public string Name(int number) => NameOf(number);

    public void ThrowIfReplaced(int number)
    {
        if (opened[number].IsUnlinked)
        {
            throw new MediumException(
                $"{PathOf(number)} was removed or replaced by another program while the volume was mounted here. Nothing more is written; unmount it, and let nothing write to its files.");
        }
    }

    public void Dispose()
    {
        // Its files belong to the medium.
    }

    /// <summary>One lock for all: the first file's.</summary>
    private FileMediumOptions OptionsFor(int number) => number == 0 ? options : options with { Locked = false };

    private string PathOf(int number) => Path.Combine(directory, NameOf(number));

    private static int CountWhole(string directory, SortedDictionary<int, long> lengths, long length)
    {
        int last = lengths.Keys.Last();
        for (int number = 0; number <= last; number++)
        {
            if (!lengths.TryGetValue(number, out long its))
            {
                throw Missing(directory, number);
            }

            if (its != length)
            {
                return number == last && its < length
                    ? number
                    : throw new MediumException(MediumFault.Truncated, $"{directory}: {NameOf(number)} has {its} bytes, and {NameOf(0)} has {length}: not all of it is here. Wait until all files are.");
            }
        }

        return last + 1;
    }

    private static MediumException Missing(string directory, int number)
    {
        string what = PartPlaces.TargetOf(Path.Combine(directory, NameOf(number))) is { } target ? $"{NameOf(number)} leads to {target}, which is not there. Mount the disk that it lies on" : $"{NameOf(number)} is missing. Wait until all files are here";
        return new(MediumFault.Truncated, $"{directory}: {what}, or put it back. If it is lost and the volume has parity: 'tessera fsck --rebuild' makes it anew.");
    }

    private static int? NumberOf(string name) =>
        name.Length == NameDigits && int.TryParse(name, NumberStyles.None, CultureInfo.InvariantCulture, out int number) && number < IPartedMedium.MostParts ? number : null;

    /// <summary>"000003 (conflicted copy)", "000003.sync-conflict-…": what programs that copy folders call a file that was changed in two places.</summary>
    private static bool IsOfConflict(string name) =>
        name.Length > NameDigits && name.AsSpan(0, NameDigits).IndexOfAnyExceptInRange('0', '9') < 0 && name.Contains("conflict", StringComparison.OrdinalIgnoreCase);
}
