using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Fuzz.Tests.Engine;
using Tessera.Volumes;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Every reader of bytes by itself, at the speed of memory.</summary>
[Trait("Campaign", "fuzz")]
public sealed class DecoderFuzzTests(ITestOutputHelper output)
{
    private const int Inputs = 100_000;
    private const uint Groups = 2;
    private static readonly SealedSample s_sample = SealedSample.One;

    private static readonly Dictionary<string, (IReadOnlyList<byte[]> Seeds, Action<byte[]> Read)> s_decoders = new(StringComparer.Ordinal)
    {
        ["root"] = ([Forger.Encode(s_sample.Root)], ReadRoot),
        ["node"] = ([.. s_sample.Nodes.Select(node => node.Plain).Where(plain => plain.Length < 8192), SmallLeaf()], ReadNode),
        ["log-body"] = ([.. s_sample.Records.Select(record => record.Body).Where(body => body.Length < 8192)], ReadLogBody),
        ["session-table"] = ([s_sample.Chains[0].Payload], ReadSessions),
        ["space-changes"] = ([s_sample.Chains[2].Payload], static bytes => SpaceChanges.Decode(bytes, Groups)),
        ["node-reference"] = ([.. s_sample.Nodes.Select(node => node.Reference)], static bytes => new NodeReference(bytes).IsValid(Groups)),
        ["backup-header"] = ([BackupHeaderBytes()], static bytes => BackupHeader.Decode(Padded(bytes, BackupHeader.Size), "a backup")),
        ["inode-record"] = (EntriesWith(0x10), static bytes => InodeRecord.Decode(bytes).ToAttributes(1, 0)),
        ["entry-record"] = (EntriesWith(0x20), static bytes => EntryRecord.Decode(bytes)),
        ["extent"] = ([.. s_sample.Entries.Where(entry => entry[1] == 0x30 && entry.Length < 1024).Take(50)], static bytes => Judge(ReadExtent(bytes))),
        ["block-record"] = ([new byte[16], new byte[BlockRecord.MaxSize]], static bytes => BlockRecord.Decode(bytes)),
        ["volume-record"] = ([new byte[VolumeRecord.Size]], static bytes => VolumeRecord.Decode(bytes)),
        ["acl"] = ([Convert.FromHexString("0200000001000600ffffffff02000700e803000004000400ffffffff10000700ffffffff20000400ffffffff")], ReadAcl),
    };

    public static TheoryData<string> Names => [.. s_decoders.Keys];

    [Theory]
    [MemberData(nameof(Names))]
    public void Bytes_are_a_value_or_a_declared_exception(string name) =>
        FuzzRunner.Run(new DecoderTarget(name, s_decoders[name].Seeds, s_decoders[name].Read) { Declared = [typeof(IOException)], CopiesOfInput = 40 }, Inputs, output);

    private static void ReadRoot(byte[] bytes)
    {
        if (RootRecord.Decode(Padded(bytes, RootRecord.Length)) is { } root)
        {
            byte[] again = Forger.Encode(root);
            RootRecord.Decode(again).ShouldNotBeNull();
        }
    }

    /// <summary>Every accessor of every entry, and every search, of what passed for a node.</summary>
    private static void ReadNode(byte[] bytes)
    {
        if (Node.TryParse(bytes, 1, 1) is not { } node)
        {
            return;
        }

        for (int i = 0; i < node.Count; i++)
        {
            ReadOnlySpan<byte> key = node.Key(i);
            _ = node.Seek(key) + node.Find(key);
            if (node.IsLeaf)
            {
                _ = node.Value(i).Length + (int)node.Version(i);
            }
            else
            {
                _ = new NodeReference(node.Child(node.ChildFor(key))).Placement(0, 0);
            }
        }
    }

    private static void ReadLogBody(byte[] bytes)
    {
        foreach (LoggedOperation operation in new LoggedOperations(bytes))
        {
            if (operation.Kind is StagedCommits.Operation.Claim or StagedCommits.Operation.Release)
            {
                BlockReference.Decode(operation.Value);
            }
        }
    }

    private static void ReadSessions(byte[] bytes)
    {
        using var keys = new SealingKeys(SealAlgorithm.Aes256Gcm, new byte[32], Guid.Empty);
        SessionTable.Load(bytes, keys);
    }

    private static void ReadAcl(byte[] bytes)
    {
        if (Acl.Check(bytes) == Core.FileSystem.FsError.None && !Acl.IsEmpty(bytes))
        {
            _ = Acl.ModeOf(bytes) + (uint)Acl.CountOf(bytes);
            Acl.Normalize(bytes);
            Acl.SetMode(bytes, 0x1ED);
        }
    }

    /// <summary>From an entry of the map: the key's length, the key, the value.</summary>
    private static Extent ReadExtent(byte[] bytes)
    {
        int keyLength = bytes.Length == 0 ? 0 : Math.Min(bytes[0], bytes.Length - 1);
        return Extent.Decode(bytes.AsSpan(Math.Min(1, bytes.Length), keyLength), bytes.AsSpan(Math.Min(bytes.Length, 1 + keyLength)));
    }

    private static void Judge(Extent extent)
    {
        if (extent.Start < 0 || extent.End < extent.Start)
        {
            throw new InvalidOperationException($"An extent from {extent.Start} to {extent.End}.");
        }
    }

    private static byte[] Padded(byte[] bytes, int length)
    {
        byte[] padded = new byte[length];
        bytes.AsSpan(0, Math.Min(length, bytes.Length)).CopyTo(padded);
        return padded;
    }

    /// <summary>The values under keys with a tag.</summary>
    private static IReadOnlyList<byte[]> EntriesWith(byte tag) =>
        [.. s_sample.Entries.Where(entry => entry[1] == tag).Select(entry => entry[(1 + entry[0])..]).Where(value => value.Length < 1024).Take(50)];

    private static byte[] SmallLeaf()
    {
        byte[] leaf = [];
        var builder = new NodeBuilder(0, 1, (_, bytes) => leaf = bytes);
        builder.Add("a key"u8, "a value"u8, 1);
        builder.Add("b key"u8, ""u8, 2);
        builder.Close();
        return leaf;
    }

    private static byte[] BackupHeaderBytes()
    {
        using var keys = new SealingKeys(SealAlgorithm.Aes256Gcm, new byte[32], Guid.Empty);
        byte[] bytes = new byte[BackupHeader.Size];
        new BackupHeader
        {
            Algorithm = SealAlgorithm.Aes256Gcm,
            VolumeId = Guid.Empty,
            Id = Guid.Empty,
            BaseId = Guid.Empty,
            BaseGeneration = 0,
            Generation = 7,
            Sequence = 9,
            BlockFloor = 3,
            Groups = Groups,
            VolumeLength = Geometry.GroupSize,
            CreatedSeconds = 1,
        }.Encode(bytes, keys);
        return bytes;
    }
}
