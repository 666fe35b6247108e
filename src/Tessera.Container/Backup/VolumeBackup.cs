using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Takes backups of an open volume, which goes on working meanwhile (docs/format/backup.md).</summary>
public static class VolumeBackup
{
    private const string PartialExtension = ".partial";
    private const string LockName = ".tessera-backup.lock";

    /// <summary>Copies the volume as it is now into a new file of <paramref name="directory"/>: what changed since the newest backup there, or everything.</summary>
    /// <returns>After the file was read back, found whole, and has its name for good.</returns>
    /// <exception cref="BackupException">Refused or given up; the fault says why. Earlier backups are untouched.</exception>
    /// <exception cref="StoreDamageException">The volume's tree is damaged.</exception>
    /// <exception cref="IOException">The directory or the volume cannot be read or written.</exception>
    public static async Task<BackupResult> RunAsync(ContainerStore store, string directory, BackupOptions options)
    {
        Directory.CreateDirectory(directory);
        using FileStream guard = TakeDirectory(directory);
        RemovePartialFiles(directory);
        var register = new BackupRegister(store);
        BackupHeader? newest = await FindBaseAsync(store, register, BackupCatalog.Read(directory), options.Full).ConfigureAwait(false);
        Guid id = await register.EnterAsync().ConfigureAwait(false);
        using RootPin pin = store.PinRoot();
        BackupHeader header = Describe(store, pin, id, newest) with { CreatedSeconds = options.CreatedSeconds };
        return Write(store, pin, Path.Combine(directory, header.FileName), new Job(header, newest, options));
    }

    private static BackupResult Write(ContainerStore store, RootPin pin, string path, Job job)
    {
        string partial = path + PartialExtension;
        try
        {
            RootCopier copied = WritePartial(store, pin, partial, job);
            pin.Dispose(); // The volume gets its space back before the file is read once more.
            long length = Verify(partial, store.Parts.Keys, job.Options);
            FileMedium.MoveInto(partial, path);
            return new BackupResult(path, job.Header, length, copied.Nodes, copied.Blocks, copied.DamagedBlocks);
        }
        catch
        {
            File.Delete(partial);
            throw;
        }
    }

    private static RootCopier WritePartial(ContainerStore store, RootPin pin, string partial, Job job)
    {
        BackupBase since = job.Newest is { } newest ? new BackupBase(newest.Generation, newest.Sequence, newest.BlockFloor) : default;
        long expected = job.Newest is null ? pin.Root.UsedSlots * Geometry.SlotSize : 0;
        var meter = new ProgressMeter(job.Options.Progress, expected, job.Options.Cancellation);
        using var file = new BackupFileWriter(new FileStream(partial, BackupFileWriter.Options), job.Header, store.Parts.Keys);
        var copier = new RootCopier(store, pin, file, meter, job.Options.Report);
        copier.Copy(job.Options.Blocks, since);
        file.Finish();
        meter.Tell();
        return copier;
    }

    /// <summary>Reads the file back from the disk; its length.</summary>
    private static long Verify(string partial, SealingKeys keys, BackupOptions options)
    {
        using var reader = new BackupFileReader(partial, keys);
        var meter = new ProgressMeter(options.Progress, new FileInfo(partial).Length, options.Cancellation);
        reader.DropCache();
        while (reader.TryReadNext())
        {
            meter.Add(BackupChunk.Size + reader.Data.Length);
        }

        return reader.Position;
    }

    private static BackupHeader Describe(ContainerStore store, RootPin pin, Guid id, BackupHeader? newest)
    {
        RootRecord root = pin.Root;
        return new BackupHeader
        {
            Algorithm = store.Header.Algorithm,
            VolumeId = store.Header.VolumeId,
            Id = id,
            BaseId = newest?.Id ?? Guid.Empty,
            BaseGeneration = newest?.Generation ?? 0,
            Generation = root.Generation,
            Sequence = root.Sequence,
            BlockFloor = pin.BlockFloor,
            Groups = root.Groups,
            VolumeLength = SpaceMap.LengthOf(root.Groups, root.SizeLimit),
            CreatedSeconds = 0,
            Places = store.Header.Places,
        };
    }

    /// <summary>The backup to build on; null for a full one.</summary>
    private static async ValueTask<BackupHeader?> FindBaseAsync(ContainerStore store, BackupRegister register, BackupCatalog catalog, bool full)
    {
        foreach (BackupCatalog.Entry entry in catalog.Entries)
        {
            if (entry.Header.VolumeId != store.Header.VolumeId)
            {
                throw new BackupException(BackupFault.OtherVolume, $"{entry.Path} is a backup of another volume. Use a directory of its own for each volume.");
            }
        }

        if (catalog.Newest is not { } newest)
        {
            return full || catalog.Unreadable.Count == 0 ? null : throw catalog.Unreadable.Values.First();
        }

        if (newest.Header.Generation > store.Root.Generation)
        {
            throw new BackupException(
                BackupFault.Diverged,
                $"The volume is at generation {store.Root.Generation}, older than {newest.Path}: it was rolled back, or restored. Back it up into another directory.");
        }

        if (full)
        {
            return null;
        }

        if (catalog.Unreadable.Count > 0)
        {
            throw catalog.Unreadable.Values.First();
        }

        await CheckBaseAsync(store, register, catalog, newest).ConfigureAwait(false);
        return newest.Header;
    }

    /// <summary>An increment is worth what it builds on: the newest backup is this volume's past, has its length, and its own chain is there.</summary>
    private static async ValueTask CheckBaseAsync(ContainerStore store, BackupRegister register, BackupCatalog catalog, BackupCatalog.Entry newest)
    {
        try
        {
            using var reader = new BackupFileReader(newest.Path, store.Parts.Keys); // Its header is authentic when this returns; what it says decides what is left out.
        }
        catch (BackupException other) when (other.Fault == BackupFault.WrongKey && store.KeyEpoch > 1)
        {
            throw new BackupException(BackupFault.Diverged, $"{newest.Path} does not open under the volume's key, which was rotated: no increment is built on it. Take a full backup (--full).");
        }

        if (!await register.KnowsAsync(newest.Header.Id).ConfigureAwait(false))
        {
            throw new BackupException(
                BackupFault.Diverged,
                $"The volume does not descend from {newest.Path}: it is a copy, or was restored from an older backup. Take a full backup.");
        }

        foreach (BackupCatalog.Entry link in catalog.ChainTo(newest.Header.Generation))
        {
            if (!BackupFileReader.HasItsLength(link.Path))
            {
                throw new BackupException(BackupFault.Damaged, $"{link.Path} is cut short. Take a full backup.");
            }
        }
    }

    private static FileStream TakeDirectory(string directory)
    {
        string path = Path.Combine(directory, LockName);
        try
        {
            return new FileStream(path, FileMode.OpenOrCreate, FileAccess.ReadWrite, FileShare.None);
        }
        catch (IOException failure) when (failure is not (DirectoryNotFoundException or FileNotFoundException) && File.Exists(path))
        {
            throw new BackupException(BackupFault.InUse, $"Another backup into {directory} is under way.");
        }
    }

    /// <summary>What an interrupted backup left behind is no backup.</summary>
    private static void RemovePartialFiles(string directory)
    {
        foreach (string path in Directory.EnumerateFiles(directory, "*" + BackupCatalog.Extension + PartialExtension))
        {
            File.Delete(path);
        }
    }

    private sealed record Job(BackupHeader Header, BackupHeader? Newest, BackupOptions Options);
}
