using System.Security.Cryptography;
using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>The ids of the last backups, kept in the volume itself: whoever has an id descends from that backup. A copy that went its own way has not.</summary>
internal sealed class BackupRegister(ContainerStore store)
{
    private const int IdSize = 16;

    /// <summary>Backups remembered, to whatever directories they went.</summary>
    private const int MaxIds = 64;

    public async ValueTask<bool> KnowsAsync(Guid id)
    {
        (byte[] ids, _) = await ReadAsync().ConfigureAwait(false);
        for (int at = 0; at < ids.Length; at += IdSize)
        {
            if (new Guid(ids.AsSpan(at, IdSize), bigEndian: true) == id)
            {
                return true;
            }
        }

        return false;
    }

    /// <summary>Enters a new id, before the root that the backup holds is made: a root with it exists only where that backup was begun.</summary>
    /// <exception cref="IOException">The volume takes no changes.</exception>
    public async ValueTask<Guid> EnterAsync()
    {
        var id = new Guid(RandomNumberGenerator.GetBytes(IdSize));
        var batch = new StoreBatch { MayUseReserve = true };
        CommitResult result;
        do
        {
            (byte[] ids, ulong version) = await ReadAsync().ConfigureAwait(false);
            byte[] entered = new byte[Math.Min(ids.Length + IdSize, MaxIds * IdSize)];
            id.TryWriteBytes(entered, bigEndian: true, out _);
            ids.AsSpan(0, entered.Length - IdSize).CopyTo(entered.AsSpan(IdSize));
            batch.Reset();
            batch.MayUseReserve = true;
            batch.CheckVersion(SpaceKeys.Backups, version);
            batch.Put(SpaceKeys.Backups, entered);
            result = await store.CommitAsync(batch).ConfigureAwait(false);
        }
        while (result.Status == CommitStatus.CheckFailed);

        return result.Status == CommitStatus.Committed
            ? id
            : throw new IOException(result.Status == CommitStatus.NoSpace
                ? "The volume has no room left to begin a backup. Delete something first."
                : "The volume is read-only and cannot note that a backup is taken.");
    }

    private async ValueTask<(byte[] Ids, ulong Version)> ReadAsync()
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await store.GetAsync(SpaceKeys.Backups, value).ConfigureAwait(false);
        return (value[..(entry.Length / IdSize * IdSize)], entry.Version);
    }
}
