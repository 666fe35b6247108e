using System.Diagnostics.CodeAnalysis;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Middleware;

/// <summary>The paths of the inodes that a door holds, as far as they have passed by: an inode is reached by a name, and that name is kept as long as the door
/// holds the inode. Whoever asks for an inode that is not known gets nothing.</summary>
/// <remarks>A directory, and a file of one link, has one name, the latest. A file of several has those by which it was seen, and of all of them it is judged.</remarks>
internal sealed class KnownNames
{
    /// <summary>Inodes kept: as many as a client may tell of (docs/protocol.md, "Limits"), some 200 bytes each and their names.</summary>
    public const int MaxInodes = 4 << 20;

    /// <summary>Longest path, bytes. A longer one is not known.</summary>
    public const int MaxPath = 16 << 10;

    /// <summary>What the door forgot is kept until it has forgotten so many more: it may be about to be told of one again.</summary>
    private const int MaxFading = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<KnownName, ulong> byName = new(new KnownNameComparer());
    private readonly Dictionary<KnownName, ulong>.AlternateLookup<NameKey> lent;
    private readonly Dictionary<ulong, NamedInode> inodes = [];
    private readonly Queue<ulong> fading = new();
    private readonly int maxInodes;

    public KnownNames(int maxInodes = MaxInodes)
    {
        this.maxInodes = maxInodes;
        lent = byName.GetAlternateLookup<NameKey>();
    }

    public int Count
    {
        get
        {
            lock (gate)
            {
                return inodes.Count;
            }
        }
    }

    public bool IsKnown(ulong ino)
    {
        lock (gate)
        {
            return inodes.ContainsKey(ino);
        }
    }

    /// <summary>The door is about to hold an inode that it finds by this name.</summary>
    /// <param name="parent">The directory.</param>
    /// <param name="name">Empty: it has none (O_TMPFILE).</param>
    /// <param name="attributes">The inode's.</param>
    /// <returns>False: there are too many.</returns>
    public bool Learn(ulong parent, ReadOnlySpan<byte> name, in InodeAttributes attributes)
    {
        ulong ino = attributes.Ino;
        if (ino == FsLimits.RootInode)
        {
            return true;
        }

        lock (gate)
        {
            if (!inodes.TryGetValue(ino, out NamedInode? inode))
            {
                if (inodes.Count >= maxInodes)
                {
                    return false;
                }

                inode = new NamedInode();
                inodes.Add(ino, inode);
            }

            inode.IsHeld = true;
            See(ino, inode, new NameKey(parent, name), alone: ModeBits.IsDirectory(attributes.Mode) || attributes.LinkCount <= 1);
            return true;
        }
    }

    /// <summary>Nothing, or something else, has this name now.</summary>
    public void Lose(ulong parent, ReadOnlySpan<byte> name)
    {
        lock (gate)
        {
            _ = Take(new NameKey(parent, name), out _);
        }
    }

    /// <summary>What had one name has the other.</summary>
    public void Move(in DirectoryEntry from, in DirectoryEntry to, bool exchange)
    {
        var source = new NameKey(from.Parent, from.Name.Span);
        var target = new NameKey(to.Parent, to.Name.Span);
        lock (gate)
        {
            bool sourceKnown = lent.TryGetValue(source, out ulong moved);
            bool targetKnown = lent.TryGetValue(target, out ulong replaced);
            if (sourceKnown && targetKnown && moved == replaced)
            {
                return; // Two names of one file: rename(2) leaves both.
            }

            _ = Take(source, out _);
            _ = Take(target, out _);
            if (sourceKnown)
            {
                See(moved, inodes[moved], target, alone: false);
            }

            if (exchange && targetKnown)
            {
                See(replaced, inodes[replaced], source, alone: false);
            }
        }
    }

    /// <summary>The door holds it no more.</summary>
    public void Forget(ulong ino)
    {
        lock (gate)
        {
            if (!inodes.TryGetValue(ino, out NamedInode? forgotten))
            {
                return;
            }

            forgotten.IsHeld = false;
            fading.Enqueue(ino);
            while (fading.Count > MaxFading)
            {
                Remove(fading.Dequeue());
            }
        }
    }

    /// <summary>The path from the root, without a '/' before it; of the root it is empty. Null: not known.</summary>
    public byte[]? PathOf(ulong ino)
    {
        lock (gate)
        {
            return ino == FsLimits.RootInode ? [] : inodes.TryGetValue(ino, out NamedInode? inode) ? PathOf(inode.Latest.Parent, inode.Latest.Name) : null;
        }
    }

    /// <summary>The path of a name in a directory. Null: the directory's is not known.</summary>
    public byte[]? PathOf(ulong parent, ReadOnlySpan<byte> name)
    {
        lock (gate)
        {
            return FindPath(parent, name);
        }
    }

    /// <summary>The paths of all names of an inode that are known; none: not known.</summary>
    public IReadOnlyList<byte[]> PathsOf(ulong ino)
    {
        lock (gate)
        {
            if (ino == FsLimits.RootInode)
            {
                return [[]];
            }

            return inodes.TryGetValue(ino, out NamedInode? inode) ? [.. inode.Names.Select(name => FindPath(name.Parent, name.Name)).OfType<byte[]>()] : [];
        }
    }

    private void See(ulong ino, NamedInode inode, NameKey name, bool alone)
    {
        bool isNamed = !name.Name.IsEmpty;
        if (isNamed && lent.TryGetValue(name, out KnownName kept, out ulong before))
        {
            if (before != ino)
            {
                _ = Take(name, out kept);
            }
        }
        else
        {
            kept = new KnownName(name.Parent, name.Name.ToArray());
        }

        if (inode.See(kept, alone) is { } lost)
        {
            byName.Remove(lost);
        }

        if (isNamed)
        {
            byName[kept] = ino;
        }
    }

    /// <summary>Takes a name from the inode that has it.</summary>
    private bool Take(NameKey name, out KnownName kept)
    {
        if (!lent.Remove(name, out kept, out ulong ino))
        {
            return false;
        }

        inodes[ino].Lose(kept);
        return true;
    }

    private void Remove(ulong ino)
    {
        if (!inodes.TryGetValue(ino, out NamedInode? inode) || inode.IsHeld)
        {
            return;
        }

        inodes.Remove(ino);
        foreach (KnownName name in inode.Names)
        {
            // The one it had may be another's by now.
            if (byName.TryGetValue(name, out ulong of) && of == ino)
            {
                byName.Remove(name);
            }
        }
    }

    private byte[]? FindPath(ulong parent, ReadOnlySpan<byte> name)
    {
        int length = name.Length;
        for (ulong at = parent; at != FsLimits.RootInode;)
        {
            // Also what ends a circle, which a client may tell of.
            if (!TryGetDirectory(at, out KnownName directory) || (length += directory.Name.Length + 1) > MaxPath)
            {
                return null;
            }

            at = directory.Parent;
        }

        byte[] path = new byte[length];
        int end = length - name.Length;
        name.CopyTo(path.AsSpan(end));
        for (ulong at = parent; at != FsLimits.RootInode;)
        {
            _ = TryGetDirectory(at, out KnownName directory);
            path[--end] = (byte)'/';
            end -= directory.Name.Length;
            directory.Name.CopyTo(path, end);
            at = directory.Parent;
        }

        return path;
    }

    private bool TryGetDirectory(ulong ino, [MaybeNullWhen(false)] out KnownName name)
    {
        bool isKnown = inodes.TryGetValue(ino, out NamedInode? inode);
        name = isKnown ? inode!.Latest : default;
        return isKnown;
    }
}
