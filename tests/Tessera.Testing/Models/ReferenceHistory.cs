namespace Tessera.Testing.Models;

/// <summary>Every operation on a reference file system, in order: the state after each, its last commit, and what was promised when.</summary>
/// <remarks>
/// "Sequence" is the number of the store's last commit, by which the state that a crash left finds its place in the order; whether it is that state is then
/// compared. "Disk operations" count what the disk had done, as <see cref="Simulation.DiskTrace"/> does.
/// </remarks>
public sealed class ReferenceHistory
{
    private readonly List<ulong> sequences = [];
    private readonly List<int> acknowledged = [];
    private readonly List<string> names = [];
    private readonly List<(int DiskOperations, int Operation)> durable = [];

    /// <summary>Begins with a state all of which is durable: operation 0.</summary>
    public ReferenceHistory(ReferenceFileSystem fileSystem, ulong sequence)
    {
        FileSystem = fileSystem;
        foreach (ReferenceNode node in fileSystem.Nodes())
        {
            node.Note(0);
        }

        sequences.Add(sequence);
        acknowledged.Add(0);
        names.Add("the beginning");
    }

    public ReferenceFileSystem FileSystem { get; }

    /// <summary>The operation under way, or the next.</summary>
    public int Operation => sequences.Count;

    /// <summary>The operation under way has stored a change of these.</summary>
    public void Stored(params ReadOnlySpan<ReferenceNode?> nodes)
    {
        foreach (ReferenceNode? node in nodes)
        {
            if (node is not null)
            {
                node.LastChange = Operation;
                node.Note(Operation);
            }
        }
    }

    /// <summary>The operation under way has changed bytes in memory only.</summary>
    public void Written(ReferenceNode node) => node.Note(Operation);

    /// <summary>The operation under way has stored what was changed before it, in one of its commits: who makes that durable makes all before it durable, and
    /// perhaps not the rest of it.</summary>
    public void WrittenBack(ReferenceNode node)
    {
        node.LastChange = Operation - 1;
        node.Note(Operation);
    }

    /// <summary>The operation under way was acknowledged.</summary>
    public void Acknowledged(string name, ulong sequence, int diskOperations)
    {
        names.Add(name);
        sequences.Add(sequence);
        acknowledged.Add(diskOperations);
    }

    /// <summary>Everything up to an operation survives a power cut once the disk has done so much.</summary>
    public void Durable(int operation, int diskOperations)
    {
        if (durable.Count == 0 || durable[^1].Operation < operation)
        {
            durable.Add((diskOperations, operation));
        }
    }

    /// <summary>The operations whose states a store that ends with a commit may hold, the latest first: one, or two when the commit is in the middle of an operation.</summary>
    /// <param name="sequence">The commit.</param>
    /// <param name="most">The last operation that had begun.</param>
    public int[] OperationsAt(ulong sequence, int most)
    {
        int last = LastAt(sequence);
        bool isWhole = sequence <= sequences[0] || sequences[last] == sequence;
        return isWhole || last >= most ? [Math.Min(last, most)] : [last + 1, last];
    }

    /// <summary>Whether it is one of those that change much in several steps, from the lowest offset up (docs/semantics.md, 6).</summary>
    public bool TakesSteps(int operation) => operation < names.Count && names[operation] is ("Allocate" or "Copy");

    /// <summary>What an operation was, for messages.</summary>
    public string NameOf(int operation) => operation < names.Count ? $"{operation} ({names[operation]}, commit {sequences[operation]})" : $"{operation} (under way)";

    /// <summary>The last operation with no commit after this one.</summary>
    public int LastAt(ulong sequence)
    {
        int at = sequences.BinarySearch(sequence);
        at = at < 0 ? ~at - 1 : at;
        while (at + 1 < sequences.Count && sequences[at + 1] == sequence)
        {
            at++;
        }

        return Math.Max(at, 0);
    }

    /// <summary>The earliest operation whose state may be found after a power cut during an operation of the disk.</summary>
    public int DurableAt(int diskOperation)
    {
        int at = durable.FindLastIndex(promise => promise.DiskOperations <= diskOperation);
        return at < 0 ? 0 : durable[at].Operation;
    }

    /// <summary>The last operation acknowledged before an operation of the disk.</summary>
    public int AcknowledgedAt(int diskOperation) => acknowledged.FindLastIndex(operations => operations <= diskOperation);
}
