using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Asks a volume for all it has, then changes a little everywhere. Damage met on the way is an answer; the rest goes on.</summary>
internal sealed class VolumeVisitor(Volume volume, Caller caller, int mostEntries)
{
    /// <summary>Each costs a flush of the disk.</summary>
    private const int MostChanged = 12;
    private readonly byte[] buffer = new byte[64 << 10];
    private readonly byte[] small = new byte[4096];
    private readonly List<(ulong Parent, byte[] Name, ulong Ino, uint Mode)> found = [];

    public async Task VisitAsync()
    {
        var queue = new Queue<ulong>([FsLimits.RootInode]);
        var seen = new HashSet<ulong>([FsLimits.RootInode]);
        while (queue.TryDequeue(out ulong directory) && found.Count < mostEntries)
        {
            await TryAsync(() => ListAsync(directory));
            foreach ((_, _, ulong ino, uint mode) in found)
            {
                if (ModeBits.IsDirectory(mode) && seen.Add(ino))
                {
                    queue.Enqueue(ino);
                }
            }
        }

        foreach ((ulong parent, byte[] name, ulong ino, _) in found)
        {
            await TryAsync(() => AskAsync(parent, name, ino));
        }

        foreach ((ulong parent, byte[] name, ulong ino, _) in found.Take(MostChanged))
        {
            await TryAsync(() => ChangeAsync(parent, name, ino));
        }

        await TryAsync(async () => await volume.WriteBackAsync());
        await TryAsync(async () => await volume.CollectOrphansAsync());
        await TryAsync(async () => await volume.PackAsync());
    }

    /// <summary>Damage has its exception; whatever else escapes goes up.</summary>
    private static async Task TryAsync(Func<Task> action)
    {
        try
        {
            await action();
        }
        catch (StoreDamageException)
        {
            // Said and borne.
        }
    }

    private async Task ListAsync(ulong directory)
    {
        var sink = new Sink();
        ulong cookie = 0;
        int calls = 0;
        do
        {
            sink.Entries.Clear();
            if (await volume.ReadDirectoryAsync(caller, directory, cookie, sink) != FsError.None)
            {
                return;
            }

            found.AddRange(sink.Entries.Where(entry => entry.Name is not [0x2E] and not [0x2E, 0x2E]).Select(entry => (directory, entry.Name, entry.Ino, entry.Mode)));
            cookie = sink.Entries.Count > 0 ? sink.Entries[^1].Cookie : cookie;
            if (++calls > mostEntries)
            {
                throw new InvalidOperationException("A directory has no end.");
            }
        }
        while (sink.Entries.Count > 0);
    }

    private async Task AskAsync(ulong parent, byte[] name, ulong ino)
    {
        await volume.LookupAsync(caller, parent, name);
        await volume.GetAttributesAsync(caller, ino);
        await volume.ReadLinkAsync(caller, ino, small);
        await volume.ListXattrsAsync(caller, ino, buffer);
        await volume.GetXattrAsync(caller, ino, "user.name"u8.ToArray(), buffer);
        await volume.SeekAsync(caller, new FileSpan(ino, 0, 5), SeekTarget.Hole);
        for (int i = 0; i < 4; i++)
        {
            await volume.ReadAsync(caller, new FileSpan(ino, 0, (ulong)(i * 50_000)), buffer);
        }

        await volume.ReadAsync(caller, new FileSpan(ino, 0, long.MaxValue - 100), small);
    }

    private async Task ChangeAsync(ulong parent, byte[] name, ulong ino)
    {
        await volume.WriteAsync(caller, new FileSpan(ino, 0, 3000), new byte[5000], WriteFlags.None);
        await volume.SetAttributesAsync(caller, ino, new AttributeChanges { Mask = AttributeMask.Size, Size = 6000 });
        await volume.SetXattrAsync(caller, ino, "user.more"u8.ToArray(), small, XattrFlags.None);
        await volume.SyncAsync(caller, ino, dataOnly: false);
        await volume.RenameAsync(caller, new DirectoryEntry(parent, name), new DirectoryEntry(FsLimits.RootInode, name), RenameFlags.None);
        await volume.UnlinkAsync(caller, FsLimits.RootInode, name);
        volume.Forget(ino);
    }

    private sealed class Sink : IDirectorySink
    {
        private const int MostAtOnce = 100;

        public List<(byte[] Name, ulong Ino, uint Mode, ulong Cookie)> Entries { get; } = [];

        public bool WantsAttributes => true;

        public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
        {
            if (Entries.Count == MostAtOnce)
            {
                return false;
            }

            Entries.Add((name.ToArray(), attributes.Ino, attributes.Mode, cookie));
            return true;
        }
    }
}
