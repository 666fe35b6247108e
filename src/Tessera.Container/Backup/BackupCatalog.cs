using System.Globalization;

namespace Tessera.Container.Backup;

/// <summary>The backups in a directory, oldest first, and the files there that should be one and are not.</summary>
public sealed class BackupCatalog
{
    public const string Extension = ".tsb";
    private readonly List<Entry> entries = [];
    private readonly Dictionary<string, BackupException> unreadable = new(StringComparer.Ordinal);

    private BackupCatalog(string directory) => Directory = directory;

    public string Directory { get; }

    public IReadOnlyList<Entry> Entries => entries;

    public Entry? Newest => entries.Count > 0 ? entries[^1] : null;

    /// <summary>Files with a backup's name whose beginning cannot be read, and why.</summary>
    public IReadOnlyDictionary<string, BackupException> Unreadable => unreadable;

    /// <summary>A backup file and what its header says, not yet checked against a key.</summary>
    public sealed record Entry(string Path, BackupHeader Header, long Length);

    /// <summary>Reads the headers of all backups in a directory.</summary>
    public static BackupCatalog Read(string directory)
    {
        var catalog = new BackupCatalog(directory);
        foreach (string path in System.IO.Directory.EnumerateFiles(directory, "*" + Extension))
        {
            catalog.Add(path);
        }

        catalog.entries.Sort((a, b) => a.Header.Generation.CompareTo(b.Header.Generation));
        return catalog;
    }

    /// <summary>The backups to restore one after the other for this generation: a full one, then increments, each on the one before.</summary>
    /// <exception cref="BackupException">One of them is missing or cannot be read; the message names it.</exception>
    public IReadOnlyList<Entry> ChainTo(ulong generation)
    {
        var chain = new LinkedList<Entry>();
        Entry entry = entries.FindLast(candidate => candidate.Header.Generation == generation)
            ?? throw Missing(generation, $"generation {generation}");
        chain.AddFirst(entry);
        while (!entry.Header.IsFull)
        {
            BackupHeader above = entry.Header;
            string wantedBy = Path.GetFileName(entry.Path);
            entry = entries.Find(candidate => candidate.Header.Id == above.BaseId && candidate.Header.Generation == above.BaseGeneration && above.BaseGeneration < above.Generation)
                ?? throw Missing(above.BaseGeneration, wantedBy);
            chain.AddFirst(entry);
        }

        return [.. chain];
    }

    private void Add(string path)
    {
        try
        {
            BackupHeader header = BackupFileReader.ReadHeader(path);
            if (Path.GetFileName(path) != header.FileName)
            {
                throw new BackupException(BackupFault.Damaged, $"{path} holds what should be named {header.FileName}: it was renamed, or swapped with another file.");
            }

            entries.Add(new Entry(path, header, new FileInfo(path).Length));
        }
        catch (BackupException reason)
        {
            unreadable.Add(Path.GetFileName(path), reason);
        }
    }

    private BackupException Missing(ulong generation, string wantedBy)
    {
        string number = generation.ToString(CultureInfo.InvariantCulture);
        foreach (string name in (ReadOnlySpan<string>)[$"full-{number}{Extension}", $"incr-{number}{Extension}"])
        {
            if (unreadable.TryGetValue(name, out BackupException? reason))
            {
                return reason;
            }
        }

        return new BackupException(
            BackupFault.Missing,
            $"The backup of generation {number}, which {wantedBy} needs, is not in {Directory}: full-{number}{Extension} or incr-{number}{Extension} is missing.");
    }
}
