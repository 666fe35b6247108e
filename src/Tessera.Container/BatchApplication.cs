using System.Buffers.Binary;
using Tessera.Container.Backup;
using Tessera.Container.Logging;
using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Puts a batch whose checks hold into the memory table, the next log record and the changes of space. Used under the commit lock, by one thread at a time.</summary>
internal sealed class BatchApplication(MapReader reader, UnclaimedBlocks unclaimed)
{
    private readonly byte[] scratch = new byte[StoreLimits.MaxValue];

    /// <summary>All of it.</summary>
    /// <param name="batch">What is committed.</param>
    /// <param name="view">What is committed so far; its active table takes the batch.</param>
    /// <param name="into">The record it is staged in, and the changes of space since the last root.</param>
    /// <param name="sequence">The commit's.</param>
    public void Run(StoreBatch batch, View view, (StagedCommits Staged, SpaceChanges Changes) into, ulong sequence)
    {
        into.Staged.Begin(sequence);
        foreach (StoreBatch.Operation operation in batch)
        {
            switch (operation.Kind)
            {
                case StoreBatch.Kind.Put:
                    view.Active.Put(operation.Key, operation.Value, sequence);
                    into.Staged.Put(operation.Key, operation.Value);
                    break;
                case StoreBatch.Kind.Delete:
                    view.Active.Delete(operation.Key, sequence);
                    into.Staged.Delete(operation.Key);
                    break;
                case StoreBatch.Kind.ClaimBlock:
                    BlockReference claimed = operation.Block;
                    into.Changes.Take(claimed.Address, BlockStore.SlotsOf(claimed.Length));
                    unclaimed.End(claimed.Birth);
                    into.Staged.Block(StagedCommits.Operation.Claim, operation.Value);
                    break;
                case StoreBatch.Kind.ReleaseBlock:
                    BlockReference released = operation.Block;
                    into.Changes.GiveUp(released.Address, BlockStore.SlotsOf(released.Length));
                    into.Staged.Block(StagedCommits.Operation.Release, operation.Value);
                    break;
                default:
                    break;
            }
        }

        RunAdds(batch, view, into.Staged, sequence);
        into.Staged.End();
    }

    /// <summary>Adds become puts of the whole value; neighbours on one key become one put.</summary>
    private void RunAdds(StoreBatch batch, View view, StagedCommits staged, ulong sequence)
    {
        ReadOnlySpan<byte> key = default;
        int length = 0;
        foreach (StoreBatch.Operation operation in batch)
        {
            if (!operation.ChangesField)
            {
                continue;
            }

            if (!operation.Key.SequenceEqual(key))
            {
                PutScratch(key, length, view, staged, sequence);
                key = operation.Key;
                reader.TryGet(view, key, scratch, allowIo: true, out StoreEntry entry);
                length = entry.Length;
            }

            Span<byte> field = scratch.AsSpan(operation.Offset, sizeof(long));
            BinaryPrimitives.WriteInt64LittleEndian(field, operation.ChangeField(BinaryPrimitives.ReadInt64LittleEndian(field)));
        }

        PutScratch(key, length, view, staged, sequence);
    }

    private void PutScratch(ReadOnlySpan<byte> key, int length, View view, StagedCommits staged, ulong sequence)
    {
        if (!key.IsEmpty)
        {
            view.Active.Put(key, scratch.AsSpan(0, length), sequence);
            staged.Put(key, scratch.AsSpan(0, length));
        }
    }
}
