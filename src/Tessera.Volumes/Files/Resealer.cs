using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Writes every block anew that is sealed under a key which the store gives up (docs/format/container.md, Re-sealing).</summary>
/// <remarks>Once through the extents of all files, in the order of their keys; a step holds one file's locks. Who changes files meanwhile may leave something behind
/// the place where this is: another time through finds it. Interrupted, it is begun again: what is done is not outdated any more.</remarks>
internal sealed class Resealer(VolumeParts parts, Packer packer, ResealOptions options)
{
    /// <summary>Blocks that files share whose new place is remembered; of more, some files get a copy of their own again.</summary>
    private const int MostShared = 65_536;

    /// <summary>What a page of extents costs to read: about a tree node.</summary>
    private const int PageBytes = 64 << 10;

    private readonly ContentServices services = parts.Services;
    private readonly Dictionary<ulong, BlockReference> replaced = [];
    private readonly byte[] key = new byte[ContentKeys.BlockLength];
    private readonly byte[] value = new byte[BlockRecord.MaxSize];
    private long passed;
    private long written;
    private long damaged;

    /// <exception cref="OperationCanceledException">The caller wanted no more.</exception>
    /// <exception cref="StoreDamageException">The store's map is damaged.</exception>
    public async ValueTask<ResealResult> RunAsync()
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            byte[] last = [(byte)KeyTag.Extent + 1];
            for (byte[]? from = [(byte)KeyTag.Extent]; from is not null;)
            {
                await services.Store.ScanAsync(from, last, scratch.Page);
                await options.Pace(PageBytes);
                from = scratch.Page.Complete ? null : [.. scratch.Page.LastKey, 0];
                foreach ((ulong ino, List<Extent> extents) in ByFile(scratch.Page))
                {
                    if (!await ResealAsync(ino, extents))
                    {
                        return new ResealResult(written, damaged, HasRoom: false);
                    }
                }
            }

            return new ResealResult(written, damaged, HasRoom: true);
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    private static List<(ulong Ino, List<Extent> Extents)> ByFile(ScanPage page)
    {
        List<(ulong Ino, List<Extent> Extents)> files = [];
        foreach (ScanPage.Entry entry in page)
        {
            if (Extent.Decode(entry.Key, entry.Value) is { Kind: ExtentKind.Block } extent)
            {
                ulong ino = VolumeKeys.InoOf(entry.Key);
                if (files.Count == 0 || files[^1].Ino != ino)
                {
                    files.Add((ino, []));
                }

                files[^1].Extents.Add(extent);
            }
        }

        return files;
    }

    /// <returns>False when there is no room.</returns>
    private async ValueTask<bool> ResealAsync(ulong ino, List<Extent> extents)
    {
        if (!extents.Exists(extent => services.Store.IsOutdated(extent.Block)))
        {
            Pass(extents.Sum(static extent => (long)extent.Length));
            return true;
        }

        if (await parts.Inodes.LoadAsync(ino) is not { } inode)
        {
            return true; // Extents of nothing: a check names them, and the key stays.
        }

        try
        {
            return await ResealAsync(inode, extents);
        }
        finally
        {
            parts.Inodes.Unpin(inode);
        }
    }

    private async ValueTask<bool> ResealAsync(Inode inode, List<Extent> extents)
    {
        long ownedTo = 0;
        foreach (Extent extent in extents)
        {
            options.Cancellation.ThrowIfCancellationRequested();
            if (services.Store.IsOutdated(extent.Block))
            {
                bool isShared = await IsSharedAsync(extent.Block);
                long? end = isShared ? await ResealSharedAsync(inode, extent) : extent.Start < ownedTo ? ownedTo : await ResealOwnedAsync(inode, extent);
                if (end is null)
                {
                    return false;
                }

                ownedTo = isShared ? ownedTo : end.Value;
            }

            Pass(extent.Length);
        }

        return true;
    }

    /// <summary>Up to one block's worth from the extent on, with others that are as near, as outdated, and not shared.</summary>
    /// <returns>Up to where that is done; null without room.</returns>
    private async ValueTask<long?> ResealOwnedAsync(Inode inode, Extent extent)
    {
        int most = PackingPlan.MaxPieces;
        for (bool isSettled = false; ;)
        {
            try
            {
                (long? next, int bytes) = await packer.MoveAsync(inode, extent.Start, PackingAim.Reseal, most);
                written += bytes;
                await options.Pace(bytes);
                if (next is not null || isSettled)
                {
                    return next;
                }

                await services.Store.SettleAsync(); // What was given up comes free.
                isSettled = true;
            }
            catch (StoreDamageException) when (most > 1)
            {
                most = 1; // One of them is damaged: this one by itself tells whether it is this.
            }
            catch (StoreDamageException)
            {
                damaged++;
                return extent.End;
            }
        }
    }

    /// <summary>As <see cref="ResealOwnedAsync"/>, of one extent: the whole block is written anew once, and every extent that names it is laid to the new one.</summary>
    private async ValueTask<long?> ResealSharedAsync(Inode inode, Extent extent)
    {
        if (replaced.TryGetValue(extent.Block.Address, out BlockReference known))
        {
            if (await packer.ResealSharedAsync(inode, extent, known, isNew: false) != ResealStep.Refused)
            {
                return extent.End;
            }

            replaced.Remove(extent.Block.Address); // Nobody names it any more; or there is no room, which the next attempt tells.
        }

        byte[] buffer = services.Buffers.Rent(ContentLimits.MaxSegment);
        try
        {
            Memory<byte> content = buffer.AsMemory(0, (int)extent.Block.Length);
            await services.Store.ReadBlockAsync(extent.Block, 0, content);
            BlockReference? block = await services.Store.WriteBlockAsync(content);
            if (block is null)
            {
                await services.Store.SettleAsync();
                block = await services.Store.WriteBlockAsync(content);
            }

            return block is null ? null : await LayAsync(inode, extent, block.Value);
        }
        catch (StoreDamageException)
        {
            damaged += await packer.HasAsync(inode, extent) ? 1 : 0; // Nobody kept others from giving it up while it was read.
            return extent.End;
        }
        finally
        {
            services.Buffers.Return(buffer);
        }
    }

    private async ValueTask<long?> LayAsync(Inode inode, Extent extent, BlockReference block)
    {
        ResealStep step = await packer.ResealSharedAsync(inode, extent, block, isNew: true);
        if (step != ResealStep.Done)
        {
            services.Store.DiscardBlock(block);
            return step == ResealStep.Changed ? extent.End : null;
        }

        if (replaced.Count >= MostShared)
        {
            replaced.Clear();
        }

        replaced[extent.Block.Address] = block;
        written += block.Length;
        await options.Pace(block.Length);
        return extent.End;
    }

    private async ValueTask<bool> IsSharedAsync(BlockReference block)
    {
        ContentKeys.Block(key, block.Address);
        StoreEntry entry = await services.Store.GetAsync(key, value);
        return entry.Found && BlockRecord.Decode(value.AsSpan(0, entry.Length)).IsShared;
    }

    private void Pass(long bytes)
    {
        passed += bytes;
        options.Progress(passed);
    }
}
