using Tessera.Core.FileSystem;
using Tessera.Testing.Models;

namespace Tessera.Volumes.Tests;

/// <summary>Runs random operations on a volume and on the reference model and compares every answer, then the trees.</summary>
internal sealed partial class RandomModel(VolumeFixture fixture, int seed, int maxFile)
{
    private const int Names = 40;
    private readonly Random random = new(seed);
    private readonly ReferenceFileSystem reference = new();
    private readonly List<ReferenceNode> nodes = [];
    private readonly List<(ReferenceNode Node, ulong Handle)> open = [];

    public int Operations { get; private set; }

    public async Task RunAsync(int operations)
    {
        nodes.Clear();
        Collect(reference.Root);
        for (int i = 0; i < operations; i++)
        {
            await StepAsync();
            Operations++;
        }
    }

    /// <summary>Compares everything reachable with the model.</summary>
    public Task CompareAsync() => CompareAsync(reference.Root);

    /// <summary>The volume was closed and opened: handles are gone, nothing else.</summary>
    public void NoteReopened()
    {
        open.ForEach(file => file.Node.OpenHandles = 0);
        open.Clear();
        Clean(reference.Root);
    }

    /// <summary>The volume was killed: bytes not flushed may be there or not; the model takes what it finds. All else must be as it
    /// was.</summary>
    public async Task NoteKilledAsync()
    {
        open.ForEach(file => file.Node.OpenHandles = 0);
        open.Clear();
        nodes.Clear();
        Collect(reference.Root);
        foreach (ReferenceNode node in nodes.Where(node => node is { IsDirty: true, IsRegular: true }))
        {
            node.Data = await fixture.ReadAsync(node.Ino, 0, maxFile * 2);
        }

        Clean(reference.Root);
    }

    /// <summary>Removes everything.</summary>
    public async Task ClearAsync()
    {
        foreach ((ReferenceNode node, ulong handle) in open)
        {
            (await fixture.Volume.ReleaseAsync(node.Ino, handle)).ShouldBe(FsError.None);
        }

        open.Clear();
        await ClearAsync(reference.Root);
        foreach (string name in reference.Root.Xattrs.Keys)
        {
            (await fixture.Volume.RemoveXattrAsync(VolumeFixture.Root, FsLimits.RootInode, VolumeFixture.Name(name))).ShouldBe(FsError.None);
        }
    }

    private async Task ClearAsync(ReferenceNode directory)
    {
        foreach ((string name, ReferenceNode node) in directory.Children)
        {
            if (node.IsDirectory)
            {
                await ClearAsync(node);
            }

            FsError error = node.IsDirectory
                ? await fixture.Volume.RemoveDirectoryAsync(VolumeFixture.Root, directory.Ino, VolumeFixture.Name(name))
                : await fixture.Volume.UnlinkAsync(VolumeFixture.Root, directory.Ino, VolumeFixture.Name(name));
            error.ShouldBe(FsError.None);
            fixture.Volume.Forget(node.Ino);
        }

        directory.Children.Clear();
    }

    private Task StepAsync() => random.Next(100) switch
    {
        < 14 => MakeAsync(),
        < 18 => LinkAsync(),
        < 27 => UnlinkAsync(),
        < 31 => RemoveDirectoryAsync(),
        < 42 => RenameAsync(),
        < 62 => WriteAsync(),
        < 76 => ReadAsync(),
        < 78 => TruncateAsync(),
        < 80 => AllocateAsync(),
        < 82 => CopyAsync(),
        < 85 => FlushAsync(),
        < 88 => OpenAsync(),
        < 91 => ReleaseAsync(),
        < 94 => ChangeModeAsync(),
        < 97 => XattrAsync(),
        < 99 => LookupAsync(),
        _ => WriteBackAsync(),
    };

    private async Task MakeAsync()
    {
        (ReferenceNode parent, string name) = PickName();
        uint mode = random.Next(10) switch
        {
            < 4 => ModeBits.Directory | 0x1ED,
            < 5 => ModeBits.Symlink | 0x1FF,
            _ => ModeBits.Regular | 0x1A4,
        };
        byte[] target = ModeBits.IsSymlink(mode) ? Array.ConvertAll(VolumeFixture.Pattern(random.Next(1, 60), random.Next()), letter => Math.Max(letter, (byte)1)) : [];
        FsResult<ReferenceNode> expected = ReferenceFileSystem.Make(parent, name, mode, target);
        FsResult<InodeAttributes> made = await fixture.Volume.MakeNodeAsync(
            VolumeFixture.Root, parent.Ino, VolumeFixture.Name(name), new NewNode(mode, 0, target));
        made.Error.ShouldBe(expected.Error);
        if (made.Ok)
        {
            expected.Value.Ino = made.Value.Ino;
            nodes.ShouldNotContain(node => node.Ino == made.Value.Ino);
            nodes.Add(expected.Value);
            Compare(expected.Value, made.Value);
        }
    }

    private async Task LinkAsync()
    {
        (ReferenceNode parent, string name) = PickName();
        ReferenceNode node = Pick();
        if (node.Links == 0)
        {
            return;
        }

        FsError expected = ReferenceFileSystem.Link(node, parent, name);
        (await fixture.Volume.LinkAsync(VolumeFixture.Root, node.Ino, parent.Ino, VolumeFixture.Name(name))).Error.ShouldBe(expected);
    }

    private async Task UnlinkAsync()
    {
        (ReferenceNode parent, string name) = PickName();
        ReferenceNode? node = parent.Children.GetValueOrDefault(name);
        FsError expected = ReferenceFileSystem.Unlink(parent, name);
        (await fixture.Volume.UnlinkAsync(VolumeFixture.Root, parent.Ino, VolumeFixture.Name(name))).ShouldBe(expected);
        ForgetIfGone(node);
    }

    private async Task RemoveDirectoryAsync()
    {
        (ReferenceNode parent, string name) = PickName();
        ReferenceNode? node = parent.Children.GetValueOrDefault(name);
        FsError expected = ReferenceFileSystem.RemoveDirectory(parent, name);
        (await fixture.Volume.RemoveDirectoryAsync(VolumeFixture.Root, parent.Ino, VolumeFixture.Name(name))).ShouldBe(expected);
        ForgetIfGone(node);
    }

    private async Task RenameAsync()
    {
        (ReferenceNode Parent, string Name) from = PickName();
        (ReferenceNode Parent, string Name) to = PickName();
        RenameFlags flags = (RenameFlags)random.Next(3);
        ReferenceNode? target = to.Parent.Children.GetValueOrDefault(to.Name);
        FsError expected = ReferenceFileSystem.Rename(from, to, flags);
        FsError actual = await fixture.Volume.RenameAsync(
            VolumeFixture.Root,
            new DirectoryEntry(from.Parent.Ino, VolumeFixture.Name(from.Name)),
            new DirectoryEntry(to.Parent.Ino, VolumeFixture.Name(to.Name)),
            flags);
        actual.ShouldBe(expected);
        ForgetIfGone(target);
    }

    private async Task WriteAsync()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        // Mostly small and often at the end, sometimes anywhere, sometimes large.
        int length = random.Next(8) == 0 ? random.Next(1, maxFile / 2) : random.Next(1, 6000);
        int offset = random.Next(3) switch
        {
            0 => node.Data.Length,
            1 => random.Next(Math.Max(1, node.Data.Length)),
            _ => random.Next(maxFile / 2),
        };
        offset = Math.Min(offset, maxFile - length);
        byte[] content = VolumeFixture.Pattern(length, random.Next());
        ReferenceFileSystem.Write(node, offset, content);
        node.IsDirty = true;
        await fixture.WriteAsync(node.Ino, offset, content, HandleOf(node));
    }

    private async Task ReadAsync()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int offset = random.Next(node.Data.Length + 100);
        int length = random.Next(1, 20_000);
        byte[] read = await fixture.ReadAsync(node.Ino, offset, length, HandleOf(node));
        byte[] expected = offset >= node.Data.Length ? [] : node.Data.AsSpan(offset, Math.Min(length, node.Data.Length - offset)).ToArray();
        read.AsSpan().SequenceEqual(expected).ShouldBeTrue($"operation {Operations}, inode {node.Ino}, {offset}+{length} of {node.Data.Length}");
    }

    private async Task TruncateAsync()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int length = random.Next(3) == 0 ? 0 : random.Next(maxFile);
        ReferenceFileSystem.Truncate(node, length);
        await fixture.SetSizeAsync(node.Ino, length);
        node.IsDirty &= length > 0;
    }

    private async Task AllocateAsync()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int from = random.Next(maxFile);
        int length = random.Next(1, maxFile - from + 1);
        AllocateModes modes = random.Next(4) switch
        {
            0 => AllocateModes.None,
            1 => AllocateModes.ZeroRange,
            2 => AllocateModes.ZeroRange | AllocateModes.KeepSize,
            _ => AllocateModes.PunchHole | AllocateModes.KeepSize,
        };
        ReferenceFileSystem.Allocate(node, from, length, modes);
        (await fixture.Volume.AllocateAsync(VolumeFixture.Root, new FileSpan(node.Ino, 0, (ulong)from), (ulong)length, modes)).ShouldBe(FsError.None);
        node.IsDirty = false;
    }

    private async Task CopyAsync()
    {
        if (PickFile() is not { } source || PickFile() is not { } destination)
        {
            return;
        }

        int from = random.Next(source.Data.Length + 100);
        int to = random.Next(maxFile);
        int length = random.Next(1, maxFile - to + 1);
        bool overlaps = source == destination && from < to + length && to < from + length;
        int copied = overlaps ? 0 : Math.Clamp(source.Data.Length - from, 0, length);
        FsResult<ulong> result = await fixture.Volume.CopyRangeAsync(
            VolumeFixture.Root, new FileSpan(source.Ino, 0, (ulong)from), new FileSpan(destination.Ino, 0, (ulong)to), (ulong)length);
        result.Error.ShouldBe(overlaps ? FsError.InvalidArgument : FsError.None);
        result.Value.ShouldBe((ulong)copied);
        if (copied > 0)
        {
            ReferenceFileSystem.Write(destination, to, source.Data.AsSpan(from, copied).ToArray());
        }

        // Both were flushed first.
        source.IsDirty &= overlaps;
        destination.IsDirty &= overlaps;
    }

    private async Task FlushAsync()
    {
        if (PickFile() is { } node)
        {
            FsError error = random.Next(3) == 0
                ? await fixture.Volume.SyncAsync(VolumeFixture.Root, node.Ino, dataOnly: random.Next(2) == 0)
                : await fixture.Volume.FlushAsync(VolumeFixture.Root, node.Ino, HandleOf(node));
            error.ShouldBe(FsError.None);
            node.IsDirty = false;
        }
    }

    private async Task OpenAsync()
    {
        if (PickFile() is not { } node || open.Count > 20)
        {
            return;
        }

        FsResult<ulong> handle = await fixture.Volume.OpenAsync(VolumeFixture.Root, node.Ino, OpenFlags.ReadWrite);
        handle.Error.ShouldBe(FsError.None);
        node.OpenHandles++;
        open.Add((node, handle.Value));
    }

    private async Task ReleaseAsync()
    {
        if (open.Count == 0)
        {
            return;
        }

        int at = random.Next(open.Count);
        (ReferenceNode node, ulong handle) = open[at];
        open.RemoveAt(at);
        (await fixture.Volume.ReleaseAsync(node.Ino, handle)).ShouldBe(FsError.None);
        node.OpenHandles--;
        node.IsDirty = false;
        if (node is { Links: 0, OpenHandles: 0 })
        {
            nodes.Remove(node);
        }
    }

    private async Task ChangeModeAsync()
    {
        ReferenceNode node = Pick();
        AttributeChanges changes = new() { Mask = AttributeMask.Mode | AttributeMask.Gid, Mode = (uint)random.Next(0x1000), Gid = (uint)random.Next(3) };
        FsResult<InodeAttributes> result = await fixture.Volume.SetAttributesAsync(VolumeFixture.Root, node.Ino, changes);
        node.Mode = (node.Mode & ModeBits.TypeMask) | changes.Mode;
        node.Gid = changes.Gid;
        if (!node.IsDirectory)
        {
            node.Mode &= ~ModeBits.SetUid & ((node.Mode & ModeBits.GroupExecute) != 0 ? ~ModeBits.SetGid : uint.MaxValue);
        }

        result.Error.ShouldBe(FsError.None);
        Compare(node, result.Value);
    }

    private async Task XattrAsync()
    {
        ReferenceNode node = Pick();
        string name = $"trusted.x{random.Next(5)}";
        if (random.Next(3) == 0)
        {
            FsError error = await fixture.Volume.RemoveXattrAsync(VolumeFixture.Root, node.Ino, VolumeFixture.Name(name));
            error.ShouldBe(node.Xattrs.Remove(name) ? FsError.None : FsError.NoData);
            return;
        }

        byte[] value = VolumeFixture.Pattern(random.Next(8) == 0 ? random.Next(20_000) : random.Next(100), random.Next());
        (await fixture.Volume.SetXattrAsync(VolumeFixture.Root, node.Ino, VolumeFixture.Name(name), value, XattrFlags.None)).ShouldBe(FsError.None);
        node.Xattrs[name] = value;
    }

    private async Task LookupAsync()
    {
        (ReferenceNode parent, string name) = PickName();
        FsResult<ReferenceNode> expected = ReferenceFileSystem.Lookup(parent, name);
        FsResult<InodeAttributes> found = await fixture.LookupAsync(parent.Ino, name);
        found.Error.ShouldBe(expected.Error);
        if (found.Ok)
        {
            Compare(expected.Value, found.Value);
            fixture.Volume.Forget(found.Value.Ino);
        }
    }

    private async Task WriteBackAsync() => await fixture.Volume.WriteBackAsync();

    private void ForgetIfGone(ReferenceNode? node)
    {
        if (node is not { Links: 0 })
        {
            return;
        }

        fixture.Volume.Forget(node.Ino);
        if (node.OpenHandles == 0)
        {
            nodes.Remove(node);
        }
    }

    private void Collect(ReferenceNode node)
    {
        if (nodes.Contains(node))
        {
            return;
        }

        nodes.Add(node);
        foreach (ReferenceNode child in node.Children.Values)
        {
            Collect(child);
        }
    }

    private static void Clean(ReferenceNode node)
    {
        node.IsDirty = false;
        foreach (ReferenceNode child in node.Children.Values)
        {
            Clean(child);
        }
    }

    private ReferenceNode Pick() => nodes[random.Next(nodes.Count)];

    private ReferenceNode? PickFile()
    {
        for (int i = 0; i < 20; i++)
        {
            if (Pick() is { IsRegular: true } node)
            {
                return node;
            }
        }

        return null;
    }

    private ulong HandleOf(ReferenceNode node) => open.Find(file => file.Node == node).Handle;

    private (ReferenceNode Parent, string Name) PickName()
    {
        ReferenceNode parent = reference.Root;
        for (int i = 0; i < 20; i++)
        {
            parent = Pick();
            if (parent.IsDirectory)
            {
                break;
            }
        }

        // Half of them names that exist; and pairs that differ only in case.
        if (parent.Children.Count > 0 && random.Next(2) == 0)
        {
            return (parent, parent.Children.Keys.ElementAt(random.Next(parent.Children.Count)));
        }

        string name = $"naMe-é{random.Next(Names)}";
        return (parent, random.Next(2) == 0 ? name : name.ToUpperInvariant());
    }
}
