using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Records of partly dead and of shared blocks, merged with what extents use: both come in the order of addresses.</summary>
internal sealed class BlockPass(InodeIndex inodes, BlockUses uses, FindingLog log) : IKeyVisitor
{
    private int next;

    /// <summary>Blocks that extents use, each once.</summary>
    public long Blocks { get; private set; }

    public void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value)
    {
        if (key.Length != ContentKeys.BlockLength)
        {
            log.Add(FindingKinds.KeyMalformed, 0, $"A block's key has {key.Length} bytes.");
            return;
        }

        ulong address = BinaryPrimitives.ReadUInt64BigEndian(key[1..]);
        while (next < uses.Count && uses[next].Address < address)
        {
            CheckWithoutRecord(TakeUses());
        }

        bool isUsed = next < uses.Count && uses[next].Address == address;
        Range group = isUsed ? TakeUses() : default;
        if (!BlockRecord.IsWellFormed(value))
        {
            ulong ino = isUsed ? OwnerOf(uses[group.Start.Value]) : 0;
            log.Add(FindingKinds.BlockRecordMalformed, ino, $"The record of the block at {address:x} has {value.Length} bytes and makes no sense.");
            return;
        }

        BlockRecord record = BlockRecord.Decode(value);
        if (!isUsed)
        {
            string what = $"The block at {address:x} has a record ({record.Live} of {record.Length} bytes live) and no extent.";
            log.Add(FindingKinds.BlockRecordUnused, record.Owner, what);
        }
        else if (record.IsShared)
        {
            CheckShared(group, record);
        }
        else
        {
            CheckOwned(group, record);
        }
    }

    public void Finish()
    {
        while (next < uses.Count)
        {
            CheckWithoutRecord(TakeUses());
        }
    }

    /// <summary>Takes all uses of the next block.</summary>
    private Range TakeUses()
    {
        int start = next;
        ulong address = uses[start].Address;
        while (next < uses.Count && uses[next].Address == address)
        {
            next++;
        }

        Blocks++;
        return start..next;
    }

    private void CheckOwned(Range group, in BlockRecord record)
    {
        if (IsContested(group))
        {
            return;
        }

        BlockUse use = uses[group.Start.Value];
        ulong owner = OwnerOf(use);
        if (record.Owner != owner || record.Length != use.Length)
        {
            string told = $"inode {record.Owner} and {record.Length} bytes";
            log.Add(FindingKinds.BlockRecordWrong, owner, $"The record of the block at {use.Address:x} says {told}; it is inode {owner}'s and has {use.Length}.");
        }
        else if (record.Live != use.Live || use.Live == use.Length)
        {
            LogLive(use, record.Live, use.Live);
        }
    }

    /// <summary>Any file may use it, as often as it likes: only the sum counts, and each file is charged with what its extents name.</summary>
    private void CheckShared(Range group, in BlockRecord record)
    {
        long live = 0;
        for (int at = group.Start.Value; at < group.End.Value; at++)
        {
            BlockUse use = uses[at];
            live += use.Live;
            inodes[use.Owner].BlockBytes += use.Length - use.Live;
            if (use.Length != record.Length)
            {
                string told = $"The record of the shared block at {use.Address:x} says {record.Length} bytes; an extent says {use.Length}.";
                log.Add(FindingKinds.BlockRecordWrong, OwnerOf(use), told);
            }
        }

        if (live != record.Live)
        {
            LogLive(uses[group.Start.Value], record.Live, live);
        }
    }

    private void CheckWithoutRecord(Range group)
    {
        BlockUse use = uses[group.Start.Value];
        if (!IsContested(group) && use.Live < use.Length)
        {
            string what = $"The block at {use.Address:x} has no record, and extents use only {use.Live} of its {use.Length} bytes.";
            log.Add(FindingKinds.BlockRecordMissing, OwnerOf(use), what);
        }
    }

    /// <summary>Two uses contend for a block that is not shared: that is told, and no record could agree with both.</summary>
    private bool IsContested(Range group)
    {
        BlockUse use = uses[group.Start.Value];
        bool isTwice = group.End.Value - group.Start.Value > 1;
        if (isTwice || use.Live > use.Length)
        {
            ulong owner = OwnerOf(use);
            ulong other = OwnerOf(uses[group.End.Value - 1]);
            string who = other == owner ? $"twice by inode {owner}" : $"by inode {owner} and by inode {other}";
            log.Add(FindingKinds.BlockUsedTwice, owner, $"Bytes of the block at {use.Address:x} are used {who}, and nothing says that it is shared.");
            return true;
        }

        return false;
    }

    private void LogLive(in BlockUse use, long told, long live) => log.Add(
        FindingKinds.BlockLiveWrong,
        OwnerOf(use),
        $"The record of the block at {use.Address:x} says {told} live bytes; extents use {live} of {use.Length}.");

    private ulong OwnerOf(in BlockUse use) => inodes[use.Owner].Ino;
}
