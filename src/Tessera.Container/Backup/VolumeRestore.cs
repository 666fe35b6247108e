using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Makes volumes from backups (docs/format/backup.md, Restore).</summary>
public static class VolumeRestore
{
    private const string UnfinishedExtension = ".restoring";

    /// <summary>Restores into a new file, opens what came out, and reads all of it; only then does the file get its name. One that does not hold together is
    /// not left behind; one that a killed restore left is removed by the next to the same path.</summary>
    /// <param name="directory">Where the backups are.</param>
    /// <param name="path">The volume to make; must not exist.</param>
    /// <param name="volumeKey">From the backup's key slots (<see cref="ReadKeySlots"/>); 32 zero bytes for a plain volume.</param>
    /// <param name="options">What to restore.</param>
    /// <exception cref="BackupException">A backup is damaged, missing or of another key; the message names the file.</exception>
    /// <exception cref="MediumException">The file cannot be made, or exists.</exception>
    public static RestoreResult ToFile(string directory, string path, ReadOnlySpan<byte> volumeKey, RestoreOptions options)
    {
        if (Path.Exists(path))
        {
            throw new MediumException(MediumFault.Failed, $"{path} exists already.");
        }

        IReadOnlyList<BackupCatalog.Entry> chain = FindChain(directory, options.Generation);
        string unfinished = Path.Combine(Path.GetDirectoryName(Path.GetFullPath(path))!, $".{Path.GetFileName(path)}{UnfinishedExtension}");
        RemoveUnfinished(unfinished, path);
        FileMedium medium = FileMedium.Create(unfinished, AuthenticLength(chain[^1], volumeKey));
        try
        {
            using (medium)
            {
                Write(chain, medium, volumeKey, options);
            }

            RestoreResult result = Verify(chain, FileMedium.Open(unfinished, new FileMediumOptions { ReadOnly = true }), volumeKey, options);
            FileMedium.MoveInto(unfinished, path);
            return result;
        }
        catch
        {
            File.Delete(unfinished);
            throw;
        }
    }

    /// <summary>Reads a backup and all it builds on, and verifies every hash and seal. Writes nothing.</summary>
    /// <exception cref="BackupException">As <see cref="ToFile"/>.</exception>
    public static VerifyResult VerifyOnly(string directory, ReadOnlySpan<byte> volumeKey, RestoreOptions options)
    {
        IReadOnlyList<BackupCatalog.Entry> chain = FindChain(directory, options.Generation);
        BackupHeader last = chain[^1].Header;
        using var keys = new SealingKeys(last.Algorithm, volumeKey, last.VolumeId);
        long bytes = chain.Sum(entry => entry.Length);
        var meter = new ProgressMeter(options.Progress, bytes, options.Cancellation);
        foreach (BackupCatalog.Entry entry in chain)
        {
            Read(entry, last, target: null, keys, meter);
        }

        meter.Tell();
        return new VerifyResult(last, chain.Count, bytes);
    }

    /// <summary>Restores onto a medium, whatever it holds: from the first write on it holds no volume, until the last.</summary>
    /// <exception cref="BackupException">As <see cref="ToFile"/>.</exception>
    public static void ToMedium(string directory, IMedium medium, ReadOnlySpan<byte> volumeKey, RestoreOptions options) =>
        Write(FindChain(directory, options.Generation), medium, volumeKey, options);

    /// <summary>The key slots a backup holds, one copy of the two: what a passphrase opens. A passphrase changed later opens earlier backups as it did then.</summary>
    /// <exception cref="BackupException">The file is damaged before them.</exception>
    public static byte[] ReadKeySlots(BackupCatalog.Entry backup, int copy)
    {
        // Their hash is checked; their own checksum and MAC, which the key's owner checks, are what they are trusted by.
        using var reader = new BackupFileReader(backup.Path, keys: null);
        ulong wanted = SlotAddress.Of(0, (int)(backup.Header.Places.HeaderOffset(copy) / Geometry.SlotSize));
        for (int chunk = 0; chunk < Geometry.Copies && reader.TryReadNext(); chunk++)
        {
            if (reader.Chunk.AddressA == wanted && reader.Data.Length == Geometry.SlotSize + Geometry.KeySlotsLength)
            {
                return reader.Data[Geometry.SlotSize..].ToArray();
            }
        }

        throw new BackupException(BackupFault.Damaged, $"{backup.Path} does not begin with the volume's key slots.");
    }

    private static IReadOnlyList<BackupCatalog.Entry> FindChain(string directory, ulong? generation)
    {
        BackupCatalog catalog = BackupCatalog.Read(directory);
        if (generation is null && catalog.Newest is null)
        {
            throw catalog.Unreadable.Values.FirstOrDefault() ?? new BackupException(BackupFault.Missing, $"There is no backup in {directory}.");
        }

        return catalog.ChainTo(generation ?? catalog.Newest!.Header.Generation);
    }

    private static void Write(
        IReadOnlyList<BackupCatalog.Entry> chain, IMedium medium, ReadOnlySpan<byte> volumeKey, RestoreOptions options)
    {
        BackupHeader last = chain[^1].Header;
        using var keys = new SealingKeys(last.Algorithm, volumeKey, last.VolumeId);
        var meter = new ProgressMeter(options.Progress, chain.Sum(entry => entry.Length), options.Cancellation);
        using var first = new BackupFileReader(chain[0].Path, keys); // Before the medium is touched: is this the key?
        var target = new RestoreTarget(medium, last.Places, last.VolumeLength);
        foreach (BackupCatalog.Entry entry in chain)
        {
            Read(entry, last, target, keys, meter);
        }

        target.Finish();
        meter.Tell();
    }

    /// <summary>The length that the new file is to have, once it is known that whoever had the key wrote it.</summary>
    private static long AuthenticLength(BackupCatalog.Entry entry, ReadOnlySpan<byte> volumeKey)
    {
        using var keys = new SealingKeys(entry.Header.Algorithm, volumeKey, entry.Header.VolumeId);
        using var reader = new BackupFileReader(entry.Path, keys);
        return reader.Header.VolumeLength;
    }

    /// <summary>A restore under way holds the lock of its file; one that nobody holds was left by a killed one.</summary>
    /// <exception cref="BackupException"><see cref="BackupFault.InUse"/>.</exception>
    private static void RemoveUnfinished(string unfinished, string path)
    {
        if (!File.Exists(unfinished))
        {
            return;
        }

        try
        {
            using FileMedium left = FileMedium.Open(unfinished);
            File.Delete(unfinished);
        }
        catch (MediumException failure) when (failure.Fault == MediumFault.InUse)
        {
            throw new BackupException(BackupFault.InUse, $"Another restore to {path} is under way.");
        }
    }

    /// <param name="target">Where chunks go; null to verify only.</param>
    private static void Read(BackupCatalog.Entry entry, BackupHeader last, RestoreTarget? target, SealingKeys keys, ProgressMeter meter)
    {
        using var reader = new BackupFileReader(entry.Path, keys);
        if (reader.Header != entry.Header || reader.Header.VolumeId != last.VolumeId || reader.Header.Places != last.Places || reader.Header.VolumeLength > last.VolumeLength)
        {
            throw new BackupException(BackupFault.OtherVolume, $"{entry.Path} does not belong to the volume that {last.FileName} is a backup of.");
        }

        while (reader.TryReadNext())
        {
            target?.Put(reader.Chunk, reader.Data);
            meter.Add(BackupChunk.Size + reader.Data.Length);
        }
    }

    /// <summary>Checks every copy of everything, and that use and free space agree. Only blocks may be lost: those the backup says it lacks.</summary>
    private static RestoreResult Verify(IReadOnlyList<BackupCatalog.Entry> chain, FileMedium medium, ReadOnlySpan<byte> volumeKey, RestoreOptions options)
    {
        var seen = new SlotSet();
        var check = new CheckOptions
        {
            Blocks = (ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block) => options.Blocks(key, value, out block) && seen.Add(block.Address),
            Progress = options.Progress is { } tell
                ? progress => tell(new BackupProgress(progress.DoneSlots * Geometry.SlotSize, progress.TotalSlots * Geometry.SlotSize))
                : null,
            Cancellation = options.Cancellation,
        };
        using (medium)
        {
            CheckReport report = ContainerChecker.Check(medium, volumeKey, check);
            Finding? lost = report.Findings.FirstOrDefault(finding => finding.Severity == FindingSeverity.DataLost && finding.Kind != FindingKind.BlockDamaged);
            return lost is null
                ? new RestoreResult(chain[^1].Header, chain.Count, report)
                : throw new BackupException(BackupFault.Unsound, $"What {chain[^1].Path} and the backups before it restore does not hold together: {lost.What}");
        }
    }
}
