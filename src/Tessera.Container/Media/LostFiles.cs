using Tessera.Container.Veiling;

namespace Tessera.Container.Media;

/// <summary>Files of a folder that are not there any more: made anew, of noise, so that parity can give them their contents (docs/format/parity.md, Lost files).</summary>
public static class LostFiles
{
    /// <summary>Makes the files that are missing between the first and the last there is. Each is durable before it has its name.</summary>
    /// <param name="directory">The folder.</param>
    /// <param name="progress">Told the part that is done, 0 to 1; what it throws ends it.</param>
    /// <returns>Those that were made, in full.</returns>
    /// <exception cref="MediumException">It is no folder of a volume, some files have another length, or there is no room.</exception>
    public static IReadOnlyList<string> Make(string directory, Action<double>? progress)
    {
        SortedDictionary<int, long> lengths = FileParts.LengthsIn(directory);
        if (lengths.Count == 0)
        {
            throw new MediumException(MediumFault.Unsuitable, $"{directory} is a directory without the files of a volume.");
        }

        long length = lengths.Values.First();
        foreach ((int number, long its) in lengths)
        {
            if (its != length)
            {
                throw new MediumException(
                    MediumFault.Truncated, $"{directory}: {FileParts.NameOf(number)} has {its} bytes, and {FileParts.NameOf(lengths.Keys.First())} has {length}. Move the one that is wrong away: it is made anew then.");
            }
        }

        int[] missing = [.. Enumerable.Range(0, lengths.Keys.Last() + 1).Where(number => !lengths.ContainsKey(number))];
        var made = new List<string>();
        try
        {
            foreach (int number in missing)
            {
                double before = made.Count;
                made.Add(MakeOne(PartPlaces.PlaceOf(Path.Combine(directory, FileParts.NameOf(number))), length, part => progress?.Invoke((before + part) / missing.Length)));
            }
        }
        catch
        {
            Remove(made);
            throw;
        }

        return made;
    }

    /// <summary>Takes files that were made back: the folder is as it was.</summary>
    public static void Remove(IEnumerable<string> made)
    {
        foreach (string path in made)
        {
            File.Delete(path);
        }
    }

    private static string MakeOne(string path, long length, Action<double> progress)
    {
        string unfinished = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.new");
        File.Delete(unfinished); // What an attempt left that was cut short.
        try
        {
            using (var file = FileMedium.Create(unfinished, length))
            {
                Noise.Fill(file, 0, length, progress);
                file.Flush();
            }

            FileMedium.MoveInto(unfinished, path);
            return path;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }
}
