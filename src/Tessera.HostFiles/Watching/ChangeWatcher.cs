using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles.Watching;

/// <summary>Watches directories of the host by fanotify(7), which needs no privilege (Linux 5.17) and, unlike inotify(7), says whether this process made a change: those are left out.</summary>
/// <remarks>A directory is watched from before anything is told of what is in it. Its mark is in the host's kernel, by inode, and goes with the inode; a directory that the door has
/// forgotten stays marked, unheard, until <see cref="MaxDirectories"/> are and the dead ones are swept.</remarks>
internal sealed unsafe class ChangeWatcher : IDisposable
{
    /// <summary>Directories watched: each keeps an inode of the host in its memory, some KiB. What is told of beyond is not watched.</summary>
    private const int MaxDirectories = 16_384;

    private const int BufferBytes = 64 << 10;
    private const uint ReportNames = 0xE00; // FAN_REPORT_FID, _DIR_FID, _NAME
    private const uint CloseOnExec = 1;
    private const uint NonBlocking = 2;
    private const uint AddDirectory = 9; // FAN_MARK_ADD, FAN_MARK_ONLYDIR
    private const uint Flush = 0x80;
    private const ulong OnChildren = 0x0800_0000;
    private const ulong Wanted = HostEvent.Modify | HostEvent.Attributes | HostEvent.CloseWrite | HostEvent.Create | HostEvent.Delete | HostEvent.Rename
        | HostEvent.OnDirectory | OnChildren;

    /// <summary>What happens within this time is read together: the host's kernel then merges a hundred writes to one.</summary>
    private const int GatherMs = 10;

    /// <summary>Between two attempts to find room.</summary>
    private const long SweepEveryMs = 60_000;

    private readonly NodeTable nodes;
    private readonly NodeFinder finder;
    private readonly Action<FileChange> onChange;
    private readonly Lock gate = new();
    private readonly Dictionary<byte[], Node> watched = new(new HandleComparer());
    private readonly Dictionary<byte[], Node>.AlternateLookup<ReadOnlySpan<byte>> byHandle;
    private readonly Descriptor queue;
    private readonly Descriptor stop;
    private readonly Thread reader;
    private bool isFull;
    private bool mustSweep;
    private long sweptAt = -SweepEveryMs;
    private bool isEnding;

    private ChangeWatcher(NodeTable nodes, NodeFinder finder, int queue, int stop, Action<FileChange> onChange)
    {
        this.nodes = nodes;
        this.finder = finder;
        this.onChange = onChange;
        this.queue = new Descriptor(queue);
        this.stop = new Descriptor(stop);
        byHandle = watched.GetAlternateLookup<ReadOnlySpan<byte>>();
        reader = new Thread(ReadAll) { IsBackground = true, Name = "changes" };
    }

    /// <summary>Null: this kernel, or the host's file system, cannot do it.</summary>
    public static ChangeWatcher? TryStart(NodeTable nodes, NodeFinder finder, int root, Action<FileChange> onChange)
    {
        int events = Libc.NotifyInit(ReportNames | CloseOnExec | NonBlocking, Flag.CloseOnExec);
        if (events < 0)
        {
            return null;
        }

        var watcher = new ChangeWatcher(nodes, finder, events, Libc.EventDescriptor(0, Flag.CloseOnExec), onChange);
        watcher.Add(nodes.Root, root);
        if (watcher.watched.Count == 0)
        {
            watcher.queue.LetGo();
            watcher.stop.LetGo();
            return null;
        }

        watcher.reader.Start();
        return watcher;
    }

    /// <summary>Watches a directory that is about to be told of, unless it is watched already. One that may not be read, or is beyond the limit, is not.</summary>
    public void Add(Node directory, int descriptor)
    {
        lock (gate)
        {
            isFull |= watched.Count >= MaxDirectories;
            if (isFull && !mustSweep && Environment.TickCount64 - sweptAt >= SweepEveryMs)
            {
                mustSweep = true;
                Wake(); // The reader does it.
            }

            if (directory.IsWatched || isEnding || isFull)
            {
                return;
            }

            directory.IsWatched = true; // Tried, whatever comes of it.
            if (DirectoryHandle.Of(descriptor) is not { } handle)
            {
                return;
            }

            byte* here = stackalloc byte[] { (byte)'.', 0 };
            if (Libc.NotifyMark(queue.Number, AddDirectory, Wanted, descriptor, here) == 0)
            {
                watched[handle] = directory;
            }
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isEnding = true;
            Wake();
        }

        reader.Join();
        queue.LetGo();
        stop.LetGo();
    }

    private void Wake()
    {
        ulong one = 1;
        _ = Libc.Write(stop.Number, &one, sizeof(ulong));
    }

    private void ReadAll()
    {
        byte[] buffer = GC.AllocateUninitializedArray<byte>(BufferBytes, pinned: true);
        PollDescriptor* sources = stackalloc PollDescriptor[2];
        fixed (byte* start = buffer)
        {
            while (true)
            {
                sources[0] = new PollDescriptor(queue.Number, PollDescriptor.In);
                sources[1] = new PollDescriptor(stop.Number, PollDescriptor.In);
                _ = Libc.Poll(sources, 2, -1);
                if (Volatile.Read(ref isEnding))
                {
                    return;
                }

                if (Volatile.Read(ref mustSweep))
                {
                    Sweep();
                }

                _ = Libc.Poll(sources + 1, 1, GatherMs);
                nint length;
                while ((length = Libc.Read(queue.Number, start, BufferBytes)) > 0)
                {
                    TellAll(new ReadOnlySpan<byte>(start, (int)length));
                }
            }
        }
    }

    private void TellAll(ReadOnlySpan<byte> events)
    {
        while (HostEvent.TryTake(ref events, out HostEvent one))
        {
            if ((one.Mask & HostEvent.Overflow) != 0)
            {
                onChange(FileChange.Everything);
            }
            else if (one.Process != Environment.ProcessId && ToChange(one) is { } change)
            {
                onChange(change);
            }
        }
    }

    /// <summary>Null: of what the door does not know (any more).</summary>
    private FileChange? ToChange(in HostEvent one)
    {
        bool isDirectory = (one.Mask & HostEvent.OnDirectory) != 0;
        ChangedName? from = Place(one.Directory, one.Name);
        if ((one.Mask & HostEvent.Rename) != 0)
        {
            ChangedName? to = Place(one.NewDirectory, one.NewName);
            return (from, to) switch
            {
                ({ } old, { } now) => new FileChange(ChangeKinds.Renamed, isDirectory, old) { NewName = now, Ino = InoOf(old) },
                ({ } old, null) => new FileChange(ChangeKinds.Deleted, isDirectory, old) { Ino = InoOf(old) },
                (null, { } now) => new FileChange(ChangeKinds.Created, isDirectory, now),
                _ => null,
            };
        }

        ChangeKinds kinds = KindsOf(one.Mask);
        bool isItself = one.Name.SequenceEqual("."u8);
        if (from is not { } place || kinds == ChangeKinds.None || (isItself && place.Parent != FsLimits.RootInode))
        {
            return null; // A directory's own attributes are told by the one above it; the root has none.
        }

        place = isItself ? place with { Name = [] } : place;
        return new FileChange(kinds, isDirectory, place) { Ino = isItself ? place.Parent : InoOf(place) };
    }

    private static ChangeKinds KindsOf(ulong mask)
    {
        ChangeKinds kinds = ChangeKinds.None;
        kinds |= (mask & HostEvent.Create) != 0 ? ChangeKinds.Created : ChangeKinds.None;
        kinds |= (mask & HostEvent.Delete) != 0 ? ChangeKinds.Deleted : ChangeKinds.None;
        kinds |= (mask & HostEvent.Modify) != 0 ? ChangeKinds.Modified : ChangeKinds.None;
        kinds |= (mask & HostEvent.CloseWrite) != 0 ? ChangeKinds.Written : ChangeKinds.None;
        return kinds | ((mask & HostEvent.Attributes) != 0 ? ChangeKinds.Attributes : ChangeKinds.None);
    }

    private ChangedName? Place(ReadOnlySpan<byte> handle, ReadOnlySpan<byte> name)
    {
        Node? directory;
        lock (gate)
        {
            directory = byHandle.TryGetValue(handle, out Node? known) ? known : null;
        }

        return directory is not null && nodes.Find(directory.Id) == directory && PathOf(directory) is { } path
            ? new ChangedName(directory.Id, path, name.ToArray())
            : null;
    }

    private ulong InoOf(in ChangedName name) => nodes.Find(name.Parent) is { } parent ? nodes.IdOf(parent, name.Name) : 0;

    private byte[]? PathOf(Node directory)
    {
        var names = new List<byte[]>();
        int length = 0;
        for (Node at = directory; at != nodes.Root; length += names[^1].Length + 1)
        {
            if (length > ChangedName.MaxPath || !nodes.TryGetName(at, index: 0, out Node parent, out byte[] name))
            {
                return null;
            }

            names.Add(name);
            at = parent;
        }

        names.Reverse();
        return length > ChangedName.MaxPath ? null : [.. names.SelectMany((name, i) => i == 0 ? name : name.Prepend((byte)'/'))];
    }

    /// <summary>Begins anew with the directories that the door still knows: there is no other way to take a mark from a directory that is not open. What happens meanwhile is lost,
    /// and that is told.</summary>
    private void Sweep()
    {
        ulong counted;
        _ = Libc.Read(stop.Number, (byte*)&counted, sizeof(ulong));
        Node[] alive;
        lock (gate)
        {
            mustSweep = false;
            sweptAt = Environment.TickCount64;
            alive = [.. watched.Values.Where(node => nodes.Find(node.Id) == node && node.IsKnown)];
            if (alive.Length > MaxDirectories / 2)
            {
                onChange(FileChange.Everything); // Full of the living: isFull stays, and what is told of from here on is not watched.
                return;
            }

            _ = Libc.NotifyMark(queue.Number, Flush, 0, Flag.AtCurrentDirectory, null);
            foreach (Node node in watched.Values)
            {
                node.IsWatched = false;
            }

            watched.Clear();
            isFull = false;
        }

        foreach (Node node in alive)
        {
            if (finder.Find(node, out Pin pin) == FsError.None)
            {
                using (pin)
                {
                    Add(node, pin.Number);
                }
            }
        }

        onChange(FileChange.Everything);
    }
}
