using System.Security.Cryptography;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Moves what nobody writes, so that who compares copies of the medium cannot tell it by its staying where it is (docs/format/scattered.md, Reshuffle).
/// What is written earns the budget: an idle volume does nothing.</summary>
/// <remarks>Goes through the store's keys, round after round: the contents that extents name are moved as <see cref="Packer"/> moves them, and the store is
/// asked to put the entries elsewhere. One background worker; a step holds one file's locks, and what it moves reads the same before and after.</remarks>
internal sealed class Reshuffler(VolumeParts parts, Packer packer, ulong nextInode) : IAsyncDisposable
{
    private const int Percent = 100;

    /// <summary>Not worth a worker's start.</summary>
    private const long LeastCredit = 64 << 10;

    /// <summary>Budget that is kept at most: what was left out because the volume was full is not made up for at once.</summary>
    private const long MostCredit = 64L << 20;

    /// <summary>What it costs to put the entries of a page elsewhere: both copies of a node.</summary>
    private const int NodeCost = 64 << 10;
    private static readonly byte[] s_first = [0];
    private static readonly byte[] s_last = [0xFF];
    private readonly ContentServices services = parts.Services;
    private readonly Lock sync = new();
    private byte[]? cursor;
    private Task worker = Task.CompletedTask;
    private bool running;
    private bool stopped;
    private long seen;
    private long credit;
    private long moved;

    /// <summary>Bytes of contents that lie elsewhere than where they were written.</summary>
    public long MovedBytes => Interlocked.Read(ref moved);

    /// <summary>Counts what was written since the last call, and starts to move when that is worth it.</summary>
    public void Earn()
    {
        if (parts.Options.ReshufflePercent == 0)
        {
            return;
        }

        lock (sync)
        {
            long written = services.BlockBytesWritten.Value;
            credit = Math.Min(MostCredit, credit + ((written - seen) * parts.Options.ReshufflePercent / Percent));
            seen = written;
            if (credit >= LeastCredit && !running && !stopped && parts.Options.BackgroundWorkers)
            {
                running = true;
                worker = Task.Run(WorkAsync);
            }
        }
    }

    /// <summary>Completes when what has been earned is spent, or cannot be.</summary>
    public async ValueTask DrainAsync()
    {
        if (parts.Options.BackgroundWorkers)
        {
            await worker;
            return;
        }

        await SpendAsync();
    }

    private async ValueTask SpendAsync()
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            cursor ??= FirstKey();
            bool hasRoom = true;
            while (hasRoom && MayGoOn)
            {
                await services.Store.ScanAsync(cursor, s_last, scratch.Page);
                byte[] last = scratch.Page.LastKey.ToArray();
                hasRoom = last.Length == 0 || services.Store.TryMoveNear(last);
                Spend(NodeCost);
                (ulong Ino, long Start)? rest = hasRoom ? await MoveAsync(ExtentsOf(scratch.Page)) : null;
                hasRoom &= rest is null || !MayGoOn;
                cursor = rest is { } stopped ? KeyOf(stopped) : !hasRoom ? cursor : scratch.Page.Complete ? s_first : [.. last, 0];
            }
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    public async ValueTask DisposeAsync()
    {
        lock (sync)
        {
            stopped = true;
        }

        await worker;
    }

    private bool MayGoOn => Volatile.Read(ref credit) > 0 && !Volatile.Read(ref stopped);

    private static byte[] KeyOf((ulong Ino, long Start) extent)
    {
        byte[] key = new byte[ContentKeys.ExtentLength];
        ContentKeys.Extent(key, extent.Ino, extent.Start + 1);
        return key;
    }

    private static List<(ulong Ino, long Start)> ExtentsOf(ScanPage page)
    {
        List<(ulong Ino, long Start)> extents = [];
        foreach (ScanPage.Entry entry in page)
        {
            if (entry.Key[0] == (byte)KeyTag.Extent && Extent.Decode(entry.Key, entry.Value) is { Kind: ExtentKind.Block } extent)
            {
                extents.Add((VolumeKeys.InoOf(entry.Key), extent.Start));
            }
        }

        return extents;
    }

    /// <summary>Somewhere among the contents: no mount begins where the last began.</summary>
    private byte[] FirstKey()
    {
        if (!parts.Options.BackgroundWorkers)
        {
            return s_first; // Of a simulation the seed decides everything.
        }

        return KeyOf(((ulong)RandomNumberGenerator.GetInt32((int)Math.Clamp(nextInode, 1, int.MaxValue)), 0));
    }

    /// <returns>Where it had to stop, for want of budget or of room; null when it came to the end.</returns>
    private async ValueTask<(ulong Ino, long Start)?> MoveAsync(List<(ulong Ino, long Start)> extents)
    {
        for (int i = 0; i < extents.Count;)
        {
            (ulong ino, long start) = extents[i];
            long? next = MayGoOn ? await MoveAsync(ino, start) : null;
            if (next is null)
            {
                return extents[i];
            }

            while (i < extents.Count && extents[i].Ino == ino && extents[i].Start < next)
            {
                i++;
            }
        }

        return null;
    }

    private async ValueTask<long?> MoveAsync(ulong ino, long start)
    {
        if (await parts.Inodes.LoadAsync(ino) is not { } inode)
        {
            return long.MaxValue;
        }

        try
        {
            (long? next, int bytes) = await packer.MoveAsync(inode, start, PackingAim.Move);
            Interlocked.Add(ref moved, bytes);
            Spend(bytes);
            return next;
        }
        catch (StoreDamageException)
        {
            return long.MaxValue; // Whoever reads the file is told, and scrub tells all.
        }
        finally
        {
            parts.Inodes.Unpin(inode);
        }
    }

    private void Spend(long bytes)
    {
        lock (sync)
        {
            credit = Math.Max(0, credit - bytes);
        }
    }

    private async Task WorkAsync()
    {
        try
        {
            await SpendAsync();
        }
        catch (Exception fault)
        {
            parts.Events.BackgroundFault("reshuffle", fault.Message);
        }
        finally
        {
            lock (sync)
            {
                running = false;
            }
        }
    }
}
