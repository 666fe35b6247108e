using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Volumes;

namespace Tessera.Testing.Volumes;

/// <summary>Compares all of a volume with the state of the reference after one operation.</summary>
/// <remarks>Names, types, attributes and extended attributes must be those of the operation; a file's bytes, those of one version of the file, no older than
/// what was flushed or synced and no newer than the operation.</remarks>
public sealed class VolumeVerifier
{
    private const int SmallestPage = 2;
    private const int PageSizes = 40;
    private readonly Volume volume;
    private readonly int operation;
    private readonly int diskOperation;
    private readonly byte[] xattr = new byte[FsLimits.MaxXattrValue];
    private readonly Dictionary<ReferenceNode, ReferenceNode> found = [];

    /// <param name="volume">The volume.</param>
    /// <param name="operation">The operation after which it is thought to be.</param>
    /// <param name="diskOperation">The operation of the disk during which the power went; 0 where nothing counts as synced.</param>
    public VolumeVerifier(Volume volume, int operation, int diskOperation)
    {
        this.volume = volume;
        this.operation = operation;
        this.diskOperation = diskOperation;
    }

    /// <summary>The name of a file whose bytes are not compared: there to fill the volume.</summary>
    public static string FillerName => "filler";

    /// <summary>The operation after it had begun to commit. Then a flush of very many pieces may be there in part (docs/semantics.md, 2).</summary>
    public bool IsInterrupted { get; init; }

    /// <summary>What that operation does to a file's bytes it does in steps, of which some may be there (docs/semantics.md, 6).</summary>
    public bool IsFollowedByPart { get; init; }

    /// <summary>Compares everything.</summary>
    /// <returns>A reference of its own that begins with what was found.</returns>
    /// <exception cref="SimulationFailureException">The volume is not in that state; the message says where.</exception>
    public ReferenceFileSystem Verify(ReferenceFileSystem expected)
    {
        InodeAttributes root = Value(Now.Do(volume.GetAttributesAsync(Caller.Engine, FsLimits.RootInode)), "the root's attributes");
        return new ReferenceFileSystem(VerifyNode("", expected.Root, root, parent: null));
    }

    private ReferenceNode VerifyNode(string path, ReferenceNode expected, in InodeAttributes attributes, ReferenceNode? parent)
    {
        NodeState state = expected.StateAt(operation);
        Compare(path, expected, state, attributes);
        if (found.TryGetValue(expected, out ReferenceNode? known))
        {
            return known;
        }

        byte[] content = expected.IsDirectory ? [] : VerifyContent(path, expected, state, attributes);
        var node = new ReferenceNode(state.Mode, content)
        {
            Uid = state.Uid,
            Gid = state.Gid,
            Rdev = expected.Rdev,
            Links = state.Links,
            Parent = parent,
            Ino = attributes.Ino,
            Acl = state.Acl,
        };
        found.Add(expected, node);
        VerifyXattrs(path, state, node);
        if (expected.IsDirectory)
        {
            VerifyChildren(path, state, node);
        }

        return node;
    }

    private void VerifyChildren(string path, NodeState state, ReferenceNode node)
    {
        Dictionary<string, InodeAttributes> listed = List(path, node.Ino, SmallestPage + (operation % PageSizes));
        Require(listed.Remove(".", out InodeAttributes self) && self.Ino == node.Ino, path, "\".\" is another inode");
        Require(listed.Remove("..", out InodeAttributes up) && up.Ino == (node.Parent ?? node).Ino, path, "\"..\" is another inode");
        foreach ((string name, ReferenceNode child) in state.Children)
        {
            Require(listed.Remove(name, out InodeAttributes attributes), path, $"no entry {name}");
            node.Children.Add(name, VerifyNode($"{path}/{name}", child, attributes, node));
        }

        Require(listed.Count == 0, path, $"entries that should not be: {string.Join(", ", listed.Keys)}");
    }

    private Dictionary<string, InodeAttributes> List(string path, ulong ino, int pageSize)
    {
        Dictionary<string, InodeAttributes> listed = new(StringComparer.Ordinal);
        ulong cookie = 0;
        bool more = true;
        while (more)
        {
            var sink = new CollectingSink(pageSize, wantsAttributes: true);
            FsError error = Now.Do(volume.ReadDirectoryAsync(Caller.Engine, ino, cookie, sink));
            Require(error == FsError.None, path, $"listing it gives {error}");
            foreach ((string name, ulong next, InodeAttributes attributes) in sink.Entries)
            {
                Require(listed.TryAdd(name, attributes), path, $"{name} is listed twice");
                cookie = next;
            }

            more = sink.IsFull;
        }

        return listed;
    }

    private static void Compare(string path, ReferenceNode expected, NodeState state, in InodeAttributes found)
    {
        Require(expected.Ino == 0 || found.Ino == expected.Ino, path, $"inode {found.Ino} instead of {expected.Ino}");
        Require(found.Mode == state.Mode, path, $"mode {found.Mode:x} instead of {state.Mode:x}");
        Require((found.Uid, found.Gid) == (state.Uid, state.Gid), path, $"owner {found.Uid}:{found.Gid} instead of {state.Uid}:{state.Gid}");
        Require(found.LinkCount == state.Links, path, $"{found.LinkCount} links instead of {state.Links}");
        Require(found.Rdev == expected.Rdev, path, $"device {found.Rdev} instead of {expected.Rdev}");
        Require(!expected.IsDirectory || found.Size == (ulong)state.Children.Length, path, $"{found.Size} entries counted instead of {state.Children.Length}");
    }

    private byte[] VerifyContent(string path, ReferenceNode expected, NodeState state, in InodeAttributes attributes)
    {
        if (path == $"/{FillerName}")
        {
            return [];
        }

        if (!expected.IsRegular)
        {
            return expected.IsSymlink ? VerifyTarget(path, expected, attributes.Ino) : [];
        }

        byte[] bytes = new byte[attributes.Size];
        int read = Value(Now.Do(volume.ReadAsync(Caller.Engine, new FileSpan(attributes.Ino, 0, 0), bytes)), $"reading {path}");
        Require(read == bytes.Length, path, $"{read} of {bytes.Length} bytes are read");
        int least = Math.Max(state.Flushed, Math.Min(expected.Content.DurableAt(diskOperation), state.Version));
        int most = IsFollowedByPart ? expected.StateAt(operation + 1).Version : state.Version;
        Require(
            expected.Content.HasVersion(bytes, least, state.Version) || (IsInterrupted && expected.Content.IsPartlyFlushed(bytes, least, most)),
            path,
            $"its {bytes.Length} bytes are none of its versions {least} to {state.Version}");
        return bytes;
    }

    private byte[] VerifyTarget(string path, ReferenceNode expected, ulong ino)
    {
        byte[] target = new byte[FsLimits.MaxSymlink];
        int length = Value(Now.Do(volume.ReadLinkAsync(Caller.Engine, ino, target)), $"the target of {path}");
        Require(target.AsSpan(0, length).SequenceEqual(expected.Data), path, "another target");
        return expected.Data;
    }

    private void VerifyXattrs(string path, NodeState state, ReferenceNode node)
    {
        int length = Value(Now.Do(volume.ListXattrsAsync(Caller.Engine, node.Ino, xattr)), $"the attributes of {path}");
        string[] listed = Encoding.UTF8.GetString(xattr, 0, length).Split('\0', StringSplitOptions.RemoveEmptyEntries);
        string[] names = [.. listed.Where(name => name != AccessList.AttributeName).Order(StringComparer.Ordinal)];
        Require(names.SequenceEqual(state.Xattrs.Select(pair => pair.Key).Order(StringComparer.Ordinal)), path, $"attributes {string.Join(", ", names)}");
        foreach ((string name, byte[] value) in state.Xattrs)
        {
            VerifyXattr(path, node.Ino, name, value);
            node.Xattrs.Add(name, value);
        }

        if (state.Acl is { } acl)
        {
            VerifyXattr(path, node.Ino, AccessList.AttributeName, acl.Encode());
        }
        else
        {
            Require(listed.Length == names.Length, path, "an access list");
        }
    }

    private void VerifyXattr(string path, ulong ino, string name, byte[] expected)
    {
        int length = Value(Now.Do(volume.GetXattrAsync(Caller.Engine, ino, Encoding.UTF8.GetBytes(name), xattr)), $"{name} of {path}");
        Require(xattr.AsSpan(0, length).SequenceEqual(expected), path, $"another value of {name}");
    }

    private static T Value<T>(FsResult<T> result, string what)
    {
        Require(result.Ok, "", $"{what}: {result.Error}");
        return result.Value;
    }

    private static void Require(bool holds, string path, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException($"{(path.Length == 0 ? "/" : path)}: {otherwise}.");
        }
    }
}
