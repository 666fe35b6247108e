namespace Tessera.Volumes.Checking;

/// <summary>The facts of all inodes in ascending order of their numbers: chunks of an array, so that growing copies nothing.</summary>
internal sealed class InodeIndex
{
    private const int ChunkBits = 12;
    private const int ChunkLength = 1 << ChunkBits;
    private readonly List<InodeFacts[]> chunks = [];

    public int Count { get; private set; }

    public ref InodeFacts this[int index] => ref chunks[index >> ChunkBits][index & (ChunkLength - 1)];

    /// <summary>Adds an inode whose number is above all others: keys come in order.</summary>
    public void Add(in InodeFacts facts)
    {
        if (Count == chunks.Count * ChunkLength)
        {
            chunks.Add(new InodeFacts[ChunkLength]);
        }

        this[Count++] = facts;
    }

    /// <summary>The inode's index; −1 when there is no such inode.</summary>
    public int Find(ulong ino)
    {
        int low = 0;
        int high = Count - 1;
        while (low <= high)
        {
            int middle = (int)(((uint)low + (uint)high) >> 1);
            ulong found = this[middle].Ino;
            if (found == ino)
            {
                return middle;
            }

            if (found < ino)
            {
                low = middle + 1;
            }
            else
            {
                high = middle - 1;
            }
        }

        return -1;
    }
}
