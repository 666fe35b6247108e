using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>How often the importer was told of each inode and has not taken back: the file system may forget one when that is never.</summary>
internal sealed class ToldInodes(IFileSystem files)
{
    /// <summary>Inodes taken back are kept until so many more are: a reply that tells of one again may be on its way.</summary>
    private const int MaxFading = 256;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, uint> told = [];
    private readonly Queue<ulong> fading = new();

    public bool IsFull => Volatile.Read(ref count) >= WireLimits.MaxInodes;

    private int count;

    /// <summary>The importer was told of it and may still use it; the root it need not be told of.</summary>
    public bool Has(ulong ino)
    {
        lock (gate)
        {
            return ino == FsLimits.RootInode || told.ContainsKey(ino);
        }
    }

    public void Add(ulong ino)
    {
        lock (gate)
        {
            told[ino] = told.GetValueOrDefault(ino) + 1;
            count = told.Count;
        }
    }

    /// <summary>False: the importer takes back more than it was told.</summary>
    public bool TryRemove(ulong ino, uint times)
    {
        lock (gate)
        {
            uint before = told.GetValueOrDefault(ino);
            if (times == 0 || before < times)
            {
                return false;
            }

            told[ino] = before - times;
            if (before == times)
            {
                fading.Enqueue(ino);
                Fade(MaxFading);
            }

            return true;
        }
    }

    /// <summary>The session is over: nobody holds any.</summary>
    public void Clear()
    {
        lock (gate)
        {
            Fade(0);
            foreach (ulong ino in told.Keys)
            {
                files.Forget(ino);
            }

            told.Clear();
            count = 0;
        }
    }

    private void Fade(int leave)
    {
        while (fading.Count > leave)
        {
            ulong ino = fading.Dequeue();
            if (told.TryGetValue(ino, out uint times) && times == 0)
            {
                told.Remove(ino);
                files.Forget(ino);
            }
        }

        count = told.Count;
    }
}
