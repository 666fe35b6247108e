using System.Buffers.Binary;
using Tessera.Core.Stores;

namespace Tessera.Testing.Stores;

public sealed partial class MemoryVolumeStore
{
    private static ulong PutBytes(StoreBatch batch)
    {
        ulong bytes = 0;
        foreach (StoreBatch.Operation operation in batch)
        {
            if (operation.Kind == StoreBatch.Kind.Put)
            {
                bytes += (ulong)(operation.Key.Length + operation.Value.Length);
            }
        }

        return bytes;
    }

    /// <summary>Checks look at the state before the batch; an add needs its key after the batch's own puts and deletes.</summary>
    private bool ChecksHold(StoreBatch batch)
    {
        foreach (StoreBatch.Operation operation in batch)
        {
            bool holds = operation.Kind switch
            {
                StoreBatch.Kind.CheckVersion => (map.Find(operation.Key)?.Version ?? 0) == operation.Number,
                StoreBatch.Kind.CheckAbsent => map.Find(operation.Key) is null,
                StoreBatch.Kind.CheckPrefixEmpty => !AnyWithPrefix(operation.Key.ToArray()),
                StoreBatch.Kind.Add or StoreBatch.Kind.Max or StoreBatch.Kind.Set => ExistsAfter(batch, operation.Key),
                _ => true,
            };
            if (!holds)
            {
                return false;
            }
        }

        return true;
    }

    private bool ExistsAfter(StoreBatch batch, ReadOnlySpan<byte> key)
    {
        bool exists = map.Find(key) is not null;
        foreach (StoreBatch.Operation operation in batch)
        {
            if (operation.Kind is StoreBatch.Kind.Put or StoreBatch.Kind.Delete && operation.Key.SequenceEqual(key))
            {
                exists = operation.Kind == StoreBatch.Kind.Put;
            }
        }

        return exists;
    }

    private bool AnyWithPrefix(byte[] prefix)
    {
        foreach (SortedBytesMap.Entry entry in map.From(prefix))
        {
            return entry.Key.AsSpan().StartsWith(prefix);
        }

        return false;
    }

    private void Apply(StoreBatch batch)
    {
        foreach (StoreBatch.Operation operation in batch)
        {
            switch (operation.Kind)
            {
                case StoreBatch.Kind.Put:
                    Forget(operation.Key);
                    map.Set(operation.Key, operation.Value, sequence);
                    mapBytes += (ulong)(operation.Key.Length + operation.Value.Length);
                    break;
                case StoreBatch.Kind.Delete:
                    Forget(operation.Key);
                    map.Remove(operation.Key);
                    break;
                case StoreBatch.Kind.ClaimBlock:
                    Claim(operation.Block);
                    break;
                case StoreBatch.Kind.ReleaseBlock:
                    Release(operation.Block);
                    break;
                default:
                    break;
            }
        }

        foreach (StoreBatch.Operation operation in batch)
        {
            if (operation.ChangesField)
            {
                ApplyAdd(operation);
            }
        }
    }

    private void ApplyAdd(StoreBatch.Operation operation)
    {
        byte[] value = map.Find(operation.Key)!.Value.AsSpan().ToArray();
        Span<byte> number = value.AsSpan(operation.Offset, sizeof(long));
        BinaryPrimitives.WriteInt64LittleEndian(number, operation.ChangeField(BinaryPrimitives.ReadInt64LittleEndian(number)));
        map.Set(operation.Key, value, sequence);
    }

    private void Forget(ReadOnlySpan<byte> key)
    {
        if (map.Find(key) is { } entry)
        {
            mapBytes -= (ulong)(entry.Key.Length + entry.Value.Length);
        }
    }

    private void Claim(BlockReference block)
    {
        if (!blocks.TryGetValue(block.Address, out Block? found) || found.Reference != block || found.Claimed)
        {
            throw new InvalidOperationException("A batch claims a block that was not written, or claims it twice.");
        }

        found.Claimed = true;
    }

    private void Release(BlockReference block)
    {
        if (!blocks.TryGetValue(block.Address, out Block? found) || found.Reference != block || !found.Claimed)
        {
            throw new InvalidOperationException("A batch releases a block that does not belong to the volume.");
        }

        RemoveBlock(block);
    }

    private void RemoveBlock(BlockReference block)
    {
        blocks.Remove(block.Address);
        blockBytes -= block.Length;
    }
}
