using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;

namespace Tessera.Testing.Volumes;

public sealed partial class VolumeWorkload
{
    private const uint FileMode = ModeBits.Regular | 0x1A4;
    private const int LongestTarget = 60;

    private void Make()
    {
        (ReferenceNode parent, string name) = PickName();
        if (nodes.Count >= MostNodes)
        {
            Remove(parent, name);
            return;
        }

        uint mode = random.Next(20) switch
        {
            < 6 => ModeBits.Directory | 0x1ED,
            < 8 => ModeBits.Symlink | 0x1FF,
            8 => ModeBits.Fifo | 0x180,
            9 => ModeBits.CharacterDevice | 0x1B6,
            _ => FileMode,
        };
        MakeNode(parent, name, mode);
    }

    private ReferenceNode? MakeNode(ReferenceNode parent, string name, uint mode)
    {
        byte[] target = ModeBits.IsSymlink(mode) ? Array.ConvertAll(RandomBytes(random.Next(1, LongestTarget)), letter => Math.Max(letter, (byte)1)) : [];
        uint rdev = (mode & ModeBits.TypeMask) == ModeBits.CharacterDevice ? (uint)random.Next(1, 1 << 20) : 0;
        ReferenceNode? made = null;
        FsResult<InodeAttributes> answer = default;
        Perform(
            () => (answer = Now.Do(Volume.MakeNodeAsync(Caller.Engine, parent.Ino, Bytes(name), new NewNode(mode, rdev, target)))).Error,
            () => NoteMade(ReferenceFileSystem.Make(parent, name, mode, target, rdev), answer.Value.Ino, out made),
            () => [parent, made]);
        return made;
    }

    private FsError NoteMade(FsResult<ReferenceNode> expected, ulong ino, out ReferenceNode? made)
    {
        made = expected.Ok ? expected.Value : null;
        if (made is not null)
        {
            Require(ino == 0 || !nodes.Exists(node => node.Ino == ino), $"inode number {ino} is given twice");
            made.Ino = ino;
            nodes.Add(made);
        }

        return expected.Error;
    }

    private void MakeUnnamed()
    {
        ReferenceNode parent = PickDirectory();
        if (open.Count >= MostOpen || nodes.Count >= MostNodes)
        {
            return;
        }

        ReferenceNode? made = null;
        FsResult<OpenedFile> answer = default;
        Perform(
            () => (answer = Now.Do(Volume.CreateUnnamedAsync(Caller.Engine, parent.Ino, FileMode, OpenFlags.ReadWrite))).Error,
            () => NoteMade(ReferenceFileSystem.MakeUnnamed(parent, FileMode), answer.Value.Attributes.Ino, out made),
            () => [made]);
        if (made is not null)
        {
            made.OpenHandles = 1;
            open.Add(new OpenedNode(made, answer.Value.Handle, Appends: false));
            unnamed.Add(made);
        }
    }

    /// <summary>Gives a file made without a name its first one.</summary>
    private void LinkUnnamed()
    {
        if (unnamed.Count == 0)
        {
            return;
        }

        ReferenceNode node = unnamed[random.Next(unnamed.Count)];
        (ReferenceNode parent, string name) = PickName();
        if (LinkTo(node, parent, name) == FsError.None)
        {
            unnamed.Remove(node);
        }
    }

    private void Link()
    {
        (ReferenceNode parent, string name) = PickName();
        ReferenceNode node = Pick();
        if (node.Links > 0)
        {
            LinkTo(node, parent, name);
        }
    }

    private FsError LinkTo(ReferenceNode node, ReferenceNode parent, string name) => Perform(
        () => Now.Do(Volume.LinkAsync(Caller.Engine, node.Ino, parent.Ino, Bytes(name))).Error,
        () => ReferenceFileSystem.Link(node, parent, name),
        () => [node, parent]);

    private void Unlink()
    {
        (ReferenceNode parent, string name) = PickName();
        Unlink(parent, name);
    }

    private void Unlink(ReferenceNode parent, string name)
    {
        ReferenceNode? node = parent.Children.GetValueOrDefault(name);
        Perform(
            () => Now.Do(Volume.UnlinkAsync(Caller.Engine, parent.Ino, Bytes(name))),
            () => ReferenceFileSystem.Unlink(parent, name),
            () => [parent, node]);
        ForgetIfGone(node);
    }

    private void RemoveDirectory()
    {
        (ReferenceNode parent, string name) = PickName();
        RemoveDirectory(parent, name);
    }

    private void RemoveDirectory(ReferenceNode parent, string name)
    {
        ReferenceNode? node = parent.Children.GetValueOrDefault(name);
        Perform(
            () => Now.Do(Volume.RemoveDirectoryAsync(Caller.Engine, parent.Ino, Bytes(name))),
            () => ReferenceFileSystem.RemoveDirectory(parent, name),
            () => [parent, node]);
        ForgetIfGone(node);
    }

    private void Remove(ReferenceNode parent, string name)
    {
        if (parent.Children.TryGetValue(name, out ReferenceNode? node) && node.IsDirectory)
        {
            RemoveDirectory(parent, name);
        }
        else
        {
            Unlink(parent, name);
        }
    }

    private void Rename() => Rename(PickName(), PickName(), (RenameFlags)random.Next(3));

    private void Rename((ReferenceNode Parent, string Name) from, (ReferenceNode Parent, string Name) to, RenameFlags flags)
    {
        ReferenceNode? source = from.Parent.Children.GetValueOrDefault(from.Name);
        ReferenceNode? target = to.Parent.Children.GetValueOrDefault(to.Name);
        Perform(
            () => Now.Do(Volume.RenameAsync(
                Caller.Engine,
                new DirectoryEntry(from.Parent.Ino, Bytes(from.Name)),
                new DirectoryEntry(to.Parent.Ino, Bytes(to.Name)),
                flags)),
            () => ReferenceFileSystem.Rename(from, to, flags),
            () => source == target ? [] : [from.Parent, to.Parent, source, target]);
        ForgetIfGone(target);
    }

    /// <summary>What careful programs do to replace a file: a new one, its bytes, fsync, rename over the old one, fsync of the directory.</summary>
    private void ReplaceByRename()
    {
        (ReferenceNode parent, string name) = PickName();
        string temporary = $"temporary{random.Next(3)}";
        if (!parent.IsDirectory || parent.Children.ContainsKey(temporary) || MakeNode(parent, temporary, FileMode) is not { } made)
        {
            return;
        }

        WriteTo(made, 0, RandomBytes(random.Next(1, LargestSmallWrite * 3)));
        if (random.Next(4) != 0)
        {
            SyncFile(made, dataOnly: random.Next(2) == 0);
        }

        Rename((parent, temporary), (parent, name), RenameFlags.None);
        if (random.Next(2) == 0)
        {
            SyncFile(parent, dataOnly: false);
        }
    }

    private void Lookup()
    {
        (ReferenceNode parent, string name) = PickName();
        FsResult<ReferenceNode> expected = ReferenceFileSystem.Lookup(parent, name);
        FsResult<InodeAttributes> found = Now.Do(Volume.LookupAsync(Caller.Engine, parent.Ino, Bytes(name)));
        Require(found.Error == expected.Error, $"lookup of {name} gives {found.Error} instead of {expected.Error}");
        if (found.Ok)
        {
            Compare(expected.Value, found.Value);
            if (expected.Value.Links == 0)
            {
                Volume.Forget(found.Value.Ino);
            }
        }

        Acknowledge();
    }

    /// <summary>Reads a directory in small pieces, each after the cookie of the one before; entries come and go meanwhile.</summary>
    private void ListDirectory()
    {
        ReferenceNode directory = PickDirectory();
        HashSet<string> before = [.. directory.Children.Keys];
        HashSet<string> listed = new(StringComparer.Ordinal);
        ulong cookie = 0;
        bool more = true;
        while (more)
        {
            var sink = new CollectingSink(random.Next(1, 8));
            Require(Now.Do(Volume.ReadDirectoryAsync(Caller.Engine, directory.Ino, cookie, sink)) == FsError.None, "a directory cannot be listed");
            foreach ((string name, ulong next, _) in sink.Entries)
            {
                Require(listed.Add(name), $"{name} is listed twice");
                cookie = next;
            }

            more = sink.IsFull;
            if (random.Next(3) == 0)
            {
                (ReferenceNode _, string name) = PickName();
                before.Remove(name);
                Remove(directory, directory.Children.ContainsKey(name) ? name : $"{name}-gone");
            }
        }

        before.RemoveWhere(name => !directory.Children.ContainsKey(name));
        Require(before.IsSubsetOf(listed), $"a listing missed {string.Join(", ", before.Except(listed))}");
    }

    private void ForgetIfGone(ReferenceNode? node)
    {
        if (node is { Links: 0 })
        {
            Volume.Forget(node.Ino);
            DropIfGone(node);
        }
    }

    private void DropIfGone(ReferenceNode node)
    {
        if (node is { Links: 0, OpenHandles: 0 })
        {
            nodes.Remove(node);
            unnamed.Remove(node);
        }
    }
}
