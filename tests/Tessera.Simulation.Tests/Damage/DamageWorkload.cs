using System.Collections.Immutable;
using System.Text;
using Tessera.Container;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Fills a volume, then fills it further while it overwrites, cuts, renames, replaces and deletes what was there; the state after each change is kept.</summary>
internal sealed class DamageWorkload
{
    private const int Directories = 12;
    private const int FilesEach = 40;

    /// <summary>Of the files of a directory so many are changed, by each kind of change in turn; the others stay as they are.</summary>
    private const int ChangedEach = 24;

    private const int LargestFile = 400_000;
    private const int LargestSmallFile = 6000;
    private const uint DirectoryMode = ModeBits.Directory | 0x1ED;
    private const uint FileMode = ModeBits.Regular | 0x1A4;
    private static readonly Caller Root = new(0, 0, 1, Door.Internal, KernelChecked: true);
    private readonly ContainerStore store;
    private readonly Volume volume;
    private readonly KnownHistory history;
    private readonly Random random;
    private ImmutableDictionary<ulong, KnownNode> nodes;

    /// <param name="store">The volume's store.</param>
    /// <param name="volume">It holds the last state of the history.</param>
    /// <param name="history">Takes every state.</param>
    /// <param name="seed">Decides lengths and bytes.</param>
    public DamageWorkload(ContainerStore store, Volume volume, KnownHistory history, int seed)
    {
        this.store = store;
        this.volume = volume;
        this.history = history;
        random = new Random(seed);
        nodes = history.Last.Nodes;
    }

    /// <summary>Makes directories of files, of which one in eight is large, and links.</summary>
    public async Task FillAsync(string generation)
    {
        for (int i = 0; i < Directories; i++)
        {
            await FillDirectoryAsync($"directory {generation}-{i}");
        }
    }

    /// <summary>Changes what is there, and makes as much again.</summary>
    /// <param name="generation">Part of the new names.</param>
    /// <param name="halfway">Called in the middle.</param>
    public async Task ChangeAsync(string generation, Action halfway)
    {
        ulong[] directories = [.. nodes.Where(node => node.Value.IsDirectory).Select(node => node.Key).Order()];
        for (int i = 0; i < directories.Length; i++)
        {
            await ChangeDirectoryAsync(directories[i], directories[(i + 1) % directories.Length]);
            await FillDirectoryAsync($"directory {generation}-{i}");
            if (i == directories.Length / 2)
            {
                halfway();
            }
        }

        await RenameAsync(directories[0], FsLimits.RootInode, "a directory that was renamed");
    }

    /// <summary>Makes an empty file and has it made durable: a record of the log in a sector of its own, which says that all before it is durable.</summary>
    public async Task MarkAsync(string name)
    {
        ulong ino = await MakeAsync(FsLimits.RootInode, name, FileMode, []);
        (await volume.SyncAsync(Root, ino, dataOnly: false)).ShouldBe(FsError.None);
    }

    private async Task FillDirectoryAsync(string name)
    {
        ulong directory = await MakeAsync(FsLimits.RootInode, name, DirectoryMode, null);
        for (int j = 0; j < FilesEach; j++)
        {
            ulong ino = await MakeAsync(directory, $"a file with a name of some length {j}", FileMode, []);
            await WriteAsync(ino, 0, RandomBytes(random.Next(8) == 0 ? random.Next(LargestFile) : random.Next(LargestSmallFile)));
        }

        await MakeAsync(directory, "link", ModeBits.Symlink | 0x1FF, null);
    }

    private async Task ChangeDirectoryAsync(ulong directory, ulong other)
    {
        ulong[] files = [.. nodes.Where(node => node.Value.Parent == directory && node.Value.Content is not null).Select(node => node.Key).Order().Take(ChangedEach)];
        for (int i = 0; i + 7 < files.Length; i += 8)
        {
            await UnlinkAsync(files[i]);
            await RenameAsync(files[i + 1], directory, $"renamed {i}");
            await WriteAsync(files[i + 2], 0, RandomBytes(nodes[files[i + 2]].Content!.Length));
            await WriteAsync(files[i + 3], random.Next(nodes[files[i + 3]].Content!.Length + 1), RandomBytes(LargestSmallFile));
            await RenameAsync(files[i + 4], directory, nodes[files[i + 5]].Name);
            await TruncateAsync(files[i + 6], nodes[files[i + 6]].Content!.Length / 2);
            await RenameAsync(files[i + 7], other, $"from directory {directory}, {i}");
        }
    }

    private async Task<ulong> MakeAsync(ulong parent, string name, uint mode, byte[]? content)
    {
        byte[]? target = ModeBits.IsSymlink(mode) ? Encoding.UTF8.GetBytes($"../target of {name}") : null;
        FsResult<InodeAttributes> made = await volume.MakeNodeAsync(Root, parent, Encoding.UTF8.GetBytes(name), new NewNode(mode, 0, target));
        made.Error.ShouldBe(FsError.None);
        Note(nodes.Add(made.Value.Ino, new KnownNode(name, parent, mode == DirectoryMode, content)));
        return made.Value.Ino;
    }

    private async Task WriteAsync(ulong ino, int offset, byte[] bytes)
    {
        FsResult<int> written = await volume.WriteAsync(Root, new FileSpan(ino, 0, (ulong)offset), bytes, WriteFlags.None);
        written.Error.ShouldBe(FsError.None);
        (await volume.FlushAsync(Root, ino, 0)).ShouldBe(FsError.None);
        KnownNode known = nodes[ino];
        byte[] content = new byte[Math.Max(known.Content!.Length, offset + bytes.Length)];
        known.Content.CopyTo(content, 0);
        bytes.CopyTo(content, offset);
        Note(nodes.SetItem(ino, known with { Content = content }));
    }

    private async Task TruncateAsync(ulong ino, int length)
    {
        var changes = new AttributeChanges { Mask = AttributeMask.Size, Size = (ulong)length };
        (await volume.SetAttributesAsync(Root, ino, changes)).Error.ShouldBe(FsError.None);
        Note(nodes.SetItem(ino, nodes[ino] with { Content = nodes[ino].Content![..length] }));
    }

    private async Task UnlinkAsync(ulong ino)
    {
        (await volume.UnlinkAsync(Root, nodes[ino].Parent, Encoding.UTF8.GetBytes(nodes[ino].Name))).ShouldBe(FsError.None);
        volume.Forget(ino);
        Note(nodes.Remove(ino));
    }

    /// <summary>What has the name already is gone then.</summary>
    private async Task RenameAsync(ulong ino, ulong parent, string name)
    {
        ulong replaced = nodes.FirstOrDefault(node => node.Value.Parent == parent && node.Value.Name == name).Key;
        var from = new DirectoryEntry(nodes[ino].Parent, Encoding.UTF8.GetBytes(nodes[ino].Name));
        (await volume.RenameAsync(Root, from, new DirectoryEntry(parent, Encoding.UTF8.GetBytes(name)), RenameFlags.None)).ShouldBe(FsError.None);
        if (replaced != 0)
        {
            volume.Forget(replaced);
        }

        Note(nodes.Remove(replaced).SetItem(ino, nodes[ino] with { Name = name, Parent = parent }));
    }

    private void Note(ImmutableDictionary<ulong, KnownNode> changed)
    {
        nodes = changed;
        history.Add(store.LastSequence, changed);
    }

    private byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }
}
