using System.Text;
using Tessera.Container;
using Tessera.Core.Stores;

namespace Tessera.Testing.Containers;

/// <summary>Compares a container with the model, byte for byte.</summary>
public static class StoreOracle
{
    /// <summary>What is wrong with the contents at the sequence the store came back with; null when nothing is.</summary>
    public static string? Compare(ContainerStore store, SortedDictionary<string, byte[]> expected)
    {
        var page = new ScanPage(64 * 1024);
        byte[] from = [];
        using SortedDictionary<string, byte[]>.Enumerator expectation = expected.GetEnumerator();
        do
        {
            store.ScanAsync(from, ReadOnlyMemory<byte>.Empty, page).AsTask().GetAwaiter().GetResult();
            foreach (ScanPage.Entry entry in page)
            {
                string key = Encoding.ASCII.GetString(entry.Key);
                if (!expectation.MoveNext())
                {
                    return $"{key} should not be there";
                }

                if (key != expectation.Current.Key || !entry.Value.SequenceEqual(expectation.Current.Value))
                {
                    return $"{key} stands where {expectation.Current.Key} should, or has another value";
                }
            }

            from = [.. page.LastKey, 0];
        }
        while (!page.Complete);
        return expectation.MoveNext() ? $"{expectation.Current.Key} is missing" : CompareBlocks(store, expected);
    }

    private static string? CompareBlocks(ContainerStore store, SortedDictionary<string, byte[]> expected)
    {
        foreach ((string key, byte[] value) in expected)
        {
            if (!StoreModel.IsBlockKey(key))
            {
                continue;
            }

            BlockReference block = BlockReference.Decode(value);
            byte[] content = new byte[block.Length];
            try
            {
                store.ReadBlockAsync(block, 0, content).AsTask().GetAwaiter().GetResult();
            }
            catch (StoreDamageException damage)
            {
                return $"block of {key}: {damage.Message}";
            }

            int seed = BitConverter.ToInt32(value, BlockReference.Size);
            if (!content.AsSpan().SequenceEqual(StoreModel.BlockContent(seed, content.Length)))
            {
                return $"block of {key} has other bytes";
            }
        }

        return null;
    }
}
