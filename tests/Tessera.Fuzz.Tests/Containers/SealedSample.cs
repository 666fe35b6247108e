using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Sealing;
using Tessera.Container.Tree;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>A container with a volume in it, its key, and the plain bytes of everything that is sealed in it.</summary>
internal sealed class SealedSample
{
    private static readonly Caller s_root = new(0, 0, 1, Door.Internal, KernelChecked: true);
    private static readonly Lazy<SealedSample> s_one = new(() => new SealedSample());
    private readonly List<SampleNode> nodes = [];
    private readonly List<SampleRecord> records = [];

    private SealedSample()
    {
        Image = Make().Freeze();
        var disk = new SimulatedDisk(Image, DiskOptions);
        using SimulatedMedium medium = disk.Open(readOnly: true);
        ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
        Keys = new SealingKeys(header.Algorithm, Container.VolumeKey, header.VolumeId);
        Root = new RootStore(medium, Keys, header.Places).Find()[0];
        var chains = new ChainStore(medium, Keys);
        Chains =
        [
            new SampleChain(Purposes.Sessions, Root.Sessions, chains.Read(Root.Sessions, Purposes.Sessions, Root.Groups)),
            new SampleChain(Purposes.LogMap, Root.LogMap, chains.Read(Root.LogMap, Purposes.LogMap, Root.Groups)),
            new SampleChain(Purposes.SpaceChanges, Root.SpaceChanges, chains.Read(Root.SpaceChanges, Purposes.SpaceChanges, Root.Groups)),
        ];
        SessionTable.Load(Chains[0].Payload, Keys);
        LogExtents = ContainerOpener.ReadLogMap(chains, Root);
        GatherNodes(medium, Root.Tree, parent: -1);
        Entries = [.. nodes.SelectMany(EntriesOf)];
        GatherRecords(new LogReader(new LogRing(medium, LogExtents, Root.Log.ExtentSlots), Keys, Root.Log));
    }

    public static SealedSample One => s_one.Value;

    public static TestContainer Container { get; } = new(ContainerProfile.Sealed, PlacementKind.Local);

    public static SimulatedDiskOptions DiskOptions { get; } = new() { Seed = 1, LengthBytes = 0, CapacityBytes = 256L << 20 };

    public DiskImage Image { get; }

    public SealingKeys Keys { get; }

    public RootRecord Root { get; }

    public IReadOnlyList<SampleChain> Chains { get; }

    public ulong[] LogExtents { get; }

    /// <summary>Parents before their children.</summary>
    public IReadOnlyList<SampleNode> Nodes => nodes;

    public IReadOnlyList<SampleRecord> Records => records;

    /// <summary>The engine's entries in the tree: the key's length, one byte, the key, the value.</summary>
    public IReadOnlyList<byte[]> Entries { get; }

    /// <summary>Files of several kinds and lengths in a tree of two levels, and as much again in the log.</summary>
    private static DiskImage Make()
    {
        var disk = new SimulatedDisk(new SimulatedDiskOptions { Seed = 1, LengthBytes = 0, CapacityBytes = 256L << 20 });
        Container.Format(disk);
        ContainerStore store = Container.Open(disk.Open());
        Task.Run(async () =>
        {
            var clock = new SteppingClock();
            await Volume.FormatAsync(store, clock, s_root);
            Volume volume = await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, clock);
            await FillAsync(volume, "a", 60);
            await volume.WriteBackAsync();
            store.Checkpoint();
            await FillAsync(volume, "b", 12);
            await volume.WriteBackAsync();
        }).GetAwaiter().GetResult();
        store.Abandon();
        return disk.ImageAfterKill();
    }

    private static async Task FillAsync(Volume volume, string prefix, int files)
    {
        ulong directory = (await volume.MakeNodeAsync(s_root, FsLimits.RootInode, Name(prefix), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Value.Ino;
        await volume.MakeNodeAsync(s_root, directory, Name("symlink"), new NewNode(ModeBits.Symlink | 0x1FF, 0, Name("target")));
        for (int i = 0; i < files; i++)
        {
            ulong ino = (await volume.MakeNodeAsync(s_root, directory, Name($"{prefix}{i} {new string('x', i)}"), new NewNode(ModeBits.Regular | 0x1A4, 0, default))).Value.Ino;
            byte[] content = new byte[i * 2000];
            new Random(i).NextBytes(content);
            await volume.WriteAsync(s_root, new FileSpan(ino, 0, 0), content, Core.FileSystem.WriteFlags.None);
            await volume.SetXattrAsync(s_root, ino, Name("user.name"), new byte[i * 30], XattrFlags.None);
            if (i % 5 == 0)
            {
                await volume.WriteAsync(s_root, new FileSpan(ino, 0, 777), new byte[100], Core.FileSystem.WriteFlags.None);
                await volume.UnlinkAsync(s_root, directory, Name($"{prefix}{i - 1} {new string('x', Math.Max(0, i - 1))}"));
            }
        }
    }

    private static byte[] Name(string name) => System.Text.Encoding.UTF8.GetBytes(name);

    private void GatherNodes(SimulatedMedium medium, byte[] encoded, int parent)
    {
        var reference = new NodeReference(encoded);
        byte[] stored = new byte[reference.Slots * Geometry.SlotSize];
        for (int i = 0; i < reference.PlacementsPerCopy; i++)
        {
            int length = reference.SingleSlots ? Geometry.SlotSize : stored.Length;
            medium.Read(SlotAddress.Offset(reference.Placement(0, i)), stored.AsSpan(i * Geometry.SlotSize, length));
        }

        byte[] plain = new byte[reference.Length];
        Keys.Data(reference.Session)!.TryOpen(reference.Counter, Keys.NodeContext, stored.AsSpan(0, plain.Length), reference.Tag, plain).ShouldBeTrue();
        int number = nodes.Count;
        nodes.Add(new SampleNode(encoded, plain, parent));
        Node node = Node.TryParse(plain, reference.Counter, reference.Session)!;
        for (int i = 0; !node.IsLeaf && i < node.Count; i++)
        {
            GatherNodes(medium, node.Child(i).ToArray(), number);
        }
    }

    private static IEnumerable<byte[]> EntriesOf(SampleNode sealedNode)
    {
        Node node = Node.TryParse(sealedNode.Plain, 0, 0)!;
        for (int i = 0; node.IsLeaf && i < node.Count; i++)
        {
            if (node.Key(i)[0] != 0 && node.Key(i).Length <= byte.MaxValue)
            {
                yield return [(byte)node.Key(i).Length, .. node.Key(i), .. node.Value(i)];
            }
        }
    }

    private void GatherRecords(LogReader reader)
    {
        while (reader.TryReadNext())
        {
            records.Add(new SampleRecord(reader.CurrentPosition, reader.Current, reader.Body.ToArray()));
        }
    }
}
