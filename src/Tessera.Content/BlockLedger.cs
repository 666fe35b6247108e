using System.Runtime.InteropServices;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>Sums up what one batch does to the live bytes of blocks, then writes it into the batch: claims, releases, records of the
/// partly dead and of the shared.</summary>
/// <remarks>A block is owned by one file, whose lock guards its record, until an extent is copied; from then on it is shared for ever, and its record is read and
/// written under the locks of shared blocks, held from <see cref="PostAsync"/> to <see cref="Release"/>, when the commit is done.</remarks>
internal sealed class BlockLedger(IVolumeStore store, BlockLocks locks)
{
    private readonly Dictionary<ulong, Line> lines = [];
    private readonly List<ulong> addresses = [];
    private readonly byte[] key = new byte[ContentKeys.BlockLength];
    private readonly byte[] value = new byte[BlockRecord.MaxSize];
    private ulong owner;
    private ulong source;
    private ulong held;

    /// <summary>Blocks the batch will have a record of.</summary>
    public int Count => lines.Count;

    /// <summary>Most bytes the lines will take in the batch.</summary>
    public int EncodedBound => lines.Count * 128;

    /// <summary>By how much the bytes of the file's blocks change: whole lengths of those it owns, of shared ones what its extents name. Valid after
    /// <see cref="PostAsync"/>, as all below.</summary>
    public long BlockBytesDelta { get; private set; }

    /// <summary>By how much those of another file change, whose blocks became shared.</summary>
    public long SourceBlockBytesDelta { get; private set; }

    /// <summary>A block was left with so little alive that the file is worth compacting.</summary>
    public bool LeavesGarbage { get; private set; }

    /// <summary>Shared blocks are locked: nobody may post to the same batch after it.</summary>
    public bool HoldsShared => held != 0;

    /// <summary>A block that was to be <see cref="BlockClaim.StillShared"/> is not: what was posted must not be committed.</summary>
    public bool HasLostShared { get; private set; }

    /// <param name="owner">The file that is edited.</param>
    /// <param name="source">The file that extents are copied from; the same when none are.</param>
    public void Reset(ulong owner, ulong source)
    {
        Release();
        this.owner = owner;
        this.source = source;
        lines.Clear();
        BlockBytesDelta = 0;
        SourceBlockBytesDelta = 0;
        LeavesGarbage = false;
        HasLostShared = false;
    }

    /// <summary>The batch is committed, or given up.</summary>
    public void Release()
    {
        locks.Exit(held);
        held = 0;
    }

    public void Add(BlockReference block, int bytes, BlockClaim claim)
    {
        ref Line line = ref CollectionsMarshal.GetValueRefOrAddDefault(lines, block.Address, out bool exists);
        if (!exists)
        {
            line = new Line(block, 0, claim, default);
        }

        line.Delta += bytes;
        line.Claim = claim == BlockClaim.Shared ? claim : line.Claim;
    }

    public async ValueTask PostAsync(StoreBatch batch)
    {
        await ReadRecordsAsync();
        foreach (Line line in lines.Values)
        {
            if (line.Delta == 0 && line.Claim == BlockClaim.Owned)
            {
                continue;
            }

            if (line.Claim == BlockClaim.StillShared && !(line.Record.IsShared && line.Record.Length == line.Block.Length))
            {
                HasLostShared = true;
                return;
            }

            long live = line.Record.Live + line.Delta;
            bool isShared = line.Record.IsShared || line.Claim == BlockClaim.Shared;
            bool isMine = line.Record.IsShared || line.Record.Owner == (line.Claim == BlockClaim.Shared ? source : owner);
            if (!isMine || live < 0 || line.Record.Length != line.Block.Length || (!isShared && live > line.Block.Length))
            {
                throw new StoreDamageException($"The live bytes of the block at {line.Block.Address} do not add up.");
            }

            Charge(line, live, isShared);
            Post(batch, line, new BlockRecord(isShared ? BlockRecord.Shared : owner, live, line.Block.Length));
        }
    }

    /// <summary>Reads what the store knows of each block, and locks those that are shared before it is used.</summary>
    private async ValueTask ReadRecordsAsync()
    {
        addresses.Clear();
        addresses.AddRange(lines.Keys);
        ulong stripes = 0;
        foreach (ulong address in addresses)
        {
            stripes |= await ReadRecordAsync(address) || lines[address].Claim == BlockClaim.StillShared ? BlockLocks.StripeOf(address) : 0;
        }

        if (stripes == 0)
        {
            return;
        }

        await locks.EnterAsync(stripes);
        held = stripes;
        foreach (ulong address in addresses)
        {
            if ((stripes & BlockLocks.StripeOf(address)) != 0)
            {
                await ReadRecordAsync(address);
            }
        }
    }

    private static bool IsNew(BlockClaim claim) => claim is BlockClaim.Unclaimed or BlockClaim.UnclaimedShared;

    /// <summary>Whether the block is shared.</summary>
    private async ValueTask<bool> ReadRecordAsync(ulong address)
    {
        (BlockReference block, _, BlockClaim claim, _) = lines[address];
        ulong whose = claim switch { BlockClaim.Shared => source, BlockClaim.UnclaimedShared => BlockRecord.Shared, _ => owner };
        BlockRecord known = new(whose, IsNew(claim) ? 0 : block.Length, block.Length);
        if (!IsNew(claim))
        {
            ContentKeys.Block(key, address);
            StoreEntry entry = await store.GetAsync(key, value);
            known = entry.Found ? BlockRecord.Decode(value.AsSpan(0, Math.Min(entry.Length, value.Length))) : known;
        }

        CollectionsMarshal.GetValueRefOrNullRef(lines, address).Record = known;
        return known.IsShared;
    }

    /// <summary>A file is charged with the whole of a block it owns, and with what its extents name of a shared one.</summary>
    private void Charge(in Line line, long live, bool isShared)
    {
        long whole = line.Block.Length;
        bool wasOwned = !line.Record.IsShared && line.Claim != BlockClaim.Unclaimed;
        if (!isShared)
        {
            BlockBytesDelta += (live > 0 ? whole : 0) - (wasOwned ? whole : 0);
        }
        else if (wasOwned && line.Record.Owner != owner)
        {
            SourceBlockBytesDelta += line.Record.Live - whole;
            BlockBytesDelta += line.Delta;
        }
        else
        {
            BlockBytesDelta += wasOwned ? live - whole : line.Delta;
        }
    }

    private void Post(StoreBatch batch, in Line line, BlockRecord record)
    {
        if (IsNew(line.Claim))
        {
            batch.ClaimBlock(line.Block);
        }

        ContentKeys.Block(key, line.Block.Address);
        if (record.Live == 0)
        {
            batch.Delete(key);
            batch.ReleaseBlock(line.Block);
        }
        else if (record.IsShared || record.Live < record.Length)
        {
            record.Encode(value);
            batch.Put(key, value.AsSpan(0, record.Size));
            LeavesGarbage |= !record.IsShared && record.Live < record.Length / ContentLimits.CompactBelow;
        }
        else if (line.Claim != BlockClaim.Unclaimed)
        {
            batch.Delete(key);
        }
    }

    private record struct Line(BlockReference Block, long Delta, BlockClaim Claim, BlockRecord Record);
}
