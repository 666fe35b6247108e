using System.Runtime.InteropServices;
using System.Text;
using Tessera.Core.Stores;

namespace Tessera.Testing.Containers;

/// <summary>What a store must hold after each commit: the oracle of the crash campaigns. Keys and values as strings, one list of changes a commit.</summary>
public sealed class StoreModel
{
    private readonly List<(ulong Sequence, List<KeyValuePair<string, byte[]?>> Changes)> commits = [];

    /// <summary>Sequence of each commit, and the disk operation count when it was acknowledged.</summary>
    public List<(ulong Sequence, int Operation)> Acknowledged { get; } = [];

    /// <summary>Highest sequence made durable, and the operation count when that was acknowledged.</summary>
    public List<(ulong Sequence, int Operation)> Durable { get; } = [];

    /// <summary>Operations the disk had seen when the container was made: before that, nothing is promised.</summary>
    public int FormattedAt { get; set; }

    public void Note(ulong sequence, List<KeyValuePair<string, byte[]?>> changes, int operation)
    {
        commits.Add((sequence, changes));
        Acknowledged.Add((sequence, operation));
    }

    public ulong LastDurableBy(int operation) => LastBy(Durable, operation);

    public ulong LastAcknowledgedBy(int operation) => LastBy(Acknowledged, operation);

    /// <summary>The contents after every commit up to the sequence.</summary>
    public SortedDictionary<string, byte[]> StateAt(ulong sequence)
    {
        var state = new SortedDictionary<string, byte[]>(StringComparer.Ordinal);
        foreach ((ulong number, List<KeyValuePair<string, byte[]?>> changes) in commits)
        {
            if (number > sequence)
            {
                break;
            }

            foreach ((string key, byte[]? value) in changes)
            {
                if (value is null)
                {
                    state.Remove(key);
                }
                else
                {
                    state[key] = value;
                }
            }
        }

        return state;
    }

    private static ulong LastBy(List<(ulong Sequence, int Operation)> list, int operation)
    {
        ulong last = 0;
        foreach ((ulong sequence, int at) in CollectionsMarshal.AsSpan(list))
        {
            last = at <= operation ? Math.Max(last, sequence) : last;
        }

        return last;
    }

    /// <summary>Block keys name a block and how its content is made.</summary>
    public static bool IsBlockKey(string key) => key[0] == 'b';

    public static byte[] BlockContent(int seed, int length)
    {
        byte[] content = new byte[length];
        new Random(seed).NextBytes(content);
        return content;
    }

    /// <summary>The value kept under a block key: the reference, then seed and length of its content.</summary>
    public static byte[] BlockValue(BlockReference block, int seed)
    {
        byte[] value = new byte[BlockReference.Size + 8];
        block.Encode(value);
        BitConverter.TryWriteBytes(value.AsSpan(BlockReference.Size), seed);
        BitConverter.TryWriteBytes(value.AsSpan(BlockReference.Size + 4), (int)block.Length);
        return value;
    }

    public static byte[] Key(string key) => Encoding.ASCII.GetBytes(key);
}
