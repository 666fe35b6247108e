using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.Stores;

namespace Tessera.Volumes.Checking;

/// <summary>Records of partly dead blocks, merged with what extents use: both come in the order of addresses.</summary>
internal sealed class BlockPass(InodeIndex inodes, BlockUses uses, FindingLog log) : IKeyVisitor
{
    private int next;

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
            CheckWithoutRecord(uses[next++]);
        }

        bool isUsed = next < uses.Count && uses[next].Address == address;
        if (value.Length != BlockRecord.Size)
        {
            ulong ino = isUsed ? inodes[uses[next].Owner].Ino : 0;
            log.Add(FindingKinds.BlockRecordMalformed, ino, $"The record of the block at {address:x} has {value.Length} bytes.");
            next += isUsed ? 1 : 0;
        }
        else if (isUsed)
        {
            Check(uses[next++], BlockRecord.Decode(value));
        }
        else
        {
            BlockRecord record = BlockRecord.Decode(value);
            string what = $"The block at {address:x} has a record ({record.Live} of {record.Length} bytes live) and no extent.";
            log.Add(FindingKinds.BlockRecordUnused, record.Owner, what);
        }
    }

    public void Finish()
    {
        while (next < uses.Count)
        {
            CheckWithoutRecord(uses[next++]);
        }
    }

    private void Check(in BlockUse use, in BlockRecord record)
    {
        if (IsContested(use))
        {
            return;
        }

        ulong owner = inodes[use.Owner].Ino;
        if (record.Owner != owner || record.Length != use.Length)
        {
            string told = $"inode {record.Owner} and {record.Length} bytes";
            log.Add(FindingKinds.BlockRecordWrong, owner, $"The record of the block at {use.Address:x} says {told}; it is inode {owner}'s and has {use.Length}.");
        }
        else if (record.Live != use.Live || use.Live == use.Length)
        {
            string what = $"The record of the block at {use.Address:x} says {record.Live} live bytes; extents use {use.Live} of {use.Length}.";
            log.Add(FindingKinds.BlockLiveWrong, owner, what);
        }
    }

    private void CheckWithoutRecord(in BlockUse use)
    {
        if (!IsContested(use) && use.Live < use.Length)
        {
            string what = $"The block at {use.Address:x} has no record, and extents use only {use.Live} of its {use.Length} bytes.";
            log.Add(FindingKinds.BlockRecordMissing, inodes[use.Owner].Ino, what);
        }
    }

    /// <summary>Two uses contend for it: that is told, and no record could agree with both.</summary>
    private static bool IsContested(in BlockUse use) => use.Length == 0;
}
