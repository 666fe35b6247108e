using System.Runtime.CompilerServices;
using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;

namespace Tessera.Testing.Volumes;

/// <summary>A seeded user of one volume: does to it and to the reference what programs do, compares every answer, and keeps the history of what a crash may
/// leave.</summary>
/// <remarks>Each call of the volume is one operation of the history. One thread.</remarks>
public sealed partial class VolumeWorkload
{
    private const int MostNodes = 70;
    private const int MostOpen = 12;
    private const int Names = 30;

    /// <summary>What is done how often, in parts of their sum.</summary>
    private static readonly (int Weight, Action<VolumeWorkload> Step)[] Steps =
    [
        (12, work => work.Make()),
        (2, work => work.MakeUnnamed()),
        (3, work => work.LinkUnnamed()),
        (4, work => work.Link()),
        (8, work => work.Unlink()),
        (4, work => work.RemoveDirectory()),
        (10, work => work.Rename()),
        (4, work => work.ReplaceByRename()),
        (18, work => work.Write()),
        (8, work => work.Read()),
        (4, work => work.Truncate()),
        (4, work => work.Allocate()),
        (4, work => work.Copy()),
        (2, work => work.Seek()),
        (1, work => work.WriteSparsely()),
        (6, work => work.Flush()),
        (6, work => work.Sync()),
        (3, work => work.SyncDirectory()),
        (4, work => work.Open()),
        (4, work => work.Release()),
        (3, work => work.ChangeMode()),
        (2, work => work.ChangeOwner()),
        (5, work => work.ChangeXattr()),
        (2, work => work.ChangeAccessList()),
        (4, work => work.Lookup()),
        (1, work => work.ListDirectory()),
        (1, work => work.WriteBack()),
        (2, work => work.Collect()),
        (1, work => work.Pack()),
        (2, work => work.Checkpoint()),
    ];

    private static readonly int SumOfWeights = Steps.Sum(step => step.Weight);
    private readonly TestContainer container;
    private readonly SimulatedDisk disk;
    private readonly VolumePlan plan;
    private readonly Random random;
    private readonly List<ReferenceNode> nodes = [];
    private readonly List<OpenedNode> open = [];

    /// <param name="mounted">The volume; it holds what the reference does.</param>
    /// <param name="container">How to open it again.</param>
    /// <param name="reference">The reference; it becomes the workload's.</param>
    /// <param name="plan">What to do.</param>
    public VolumeWorkload(SimulatedVolume mounted, TestContainer container, ReferenceFileSystem reference, VolumePlan plan)
    {
        Mounted = mounted;
        this.container = container;
        this.plan = plan;
        disk = mounted.Disk;
        random = new Random((int)(plan.Seed ^ (plan.Seed >> 32)));
        History = new ReferenceHistory(reference, mounted.Container.LastSequence);
        nodes.AddRange(reference.Nodes().Where(node => !reference.Root.Children.TryGetValue(VolumeVerifier.FillerName, out ReferenceNode? filler) || node != filler));
    }

    public SimulatedVolume Mounted { get; private set; }

    public ReferenceHistory History { get; }

    public ReferenceFileSystem Reference => History.FileSystem;

    /// <summary>Operations that a full volume refused.</summary>
    public int Refusals { get; private set; }

    private Volume Volume => Mounted.Volume;

    /// <summary>Takes steps; each is one operation or a few.</summary>
    public void Run(int steps)
    {
        for (int i = 0; i < steps; i++)
        {
            Step();
        }
    }

    /// <summary>Works until the history has so many operations.</summary>
    public void RunTo(int operation)
    {
        while (History.Operation < operation)
        {
            Step();
        }
    }

    /// <summary>Compares all of the volume with the reference as it is now.</summary>
    public void Verify() => new VolumeVerifier(Volume, History.Operation - 1, diskOperation: 0).Verify(Reference);

    /// <summary>Closes and opens again: nothing is lost but handles.</summary>
    public void Reopen()
    {
        Mounted.Close();
        DropHandles();
        ReferenceNode[] dirty = [.. nodes.Where(node => node.Content.IsDirty)];
        Array.ForEach(dirty, node => node.Content.Flush());
        Mounted = SimulatedVolume.Open(container, disk, plan);
        History.Stored(dirty);
        Acknowledge();
    }

    /// <summary>Kills and opens again: what was acknowledged is there; of bytes not flushed, whatever is found.</summary>
    public void KillAndReopen()
    {
        ulong acknowledged = Mounted.AcknowledgedSequence;
        Mounted.Kill();
        ulong begun = Mounted.Container.LastSequence;
        DropHandles();
        Mounted = SimulatedVolume.Open(container, disk, plan);
        ulong found = Mounted.FoundSequence;
        Require(acknowledged <= found && found <= begun, $"after a kill commit {found} is the last; {acknowledged} was answered, {begun} begun");
        foreach (ReferenceNode node in nodes.Where(node => node.Content.IsDirty))
        {
            TakeAsFound(node);
            History.Written(node);
        }

        Acknowledge();
    }

    private void Step()
    {
        int dice = random.Next(SumOfWeights);
        int at = 0;
        while (dice >= Steps[at].Weight)
        {
            dice -= Steps[at++].Weight;
        }

        Steps[at].Step(this);
        if (plan.Reopens && random.Next(120) == 0)
        {
            (random.Next(2) == 0 ? (Action)Reopen : KillAndReopen)();
        }
    }

    private void TakeAsFound(ReferenceNode node)
    {
        InodeAttributes attributes = Now.Do(Volume.GetAttributesAsync(Caller.Engine, node.Ino)).Value;
        byte[] bytes = new byte[attributes.Size];
        Now.Do(Volume.ReadAsync(Caller.Engine, new FileSpan(node.Ino, 0, 0), bytes));
        Require(
            node.Content.HasVersion(bytes, node.Content.Flushed, node.Content.Version),
            $"after a kill the {bytes.Length} bytes of inode {node.Ino} are none of its versions {node.Content.Flushed} to {node.Content.Version}");
        node.Content.Replace(bytes);
        node.Content.Flush();
    }

    /// <summary>Does one operation, and what the reference makes of it unless the volume is full; the answers must agree.</summary>
    /// <param name="call">The volume's part.</param>
    /// <param name="reference">The reference's; done too when the power goes during the call, for then the operation may have happened.</param>
    /// <param name="stored">What the operation stores a change of; nodes yet to be made may be null until the reference has made them.</param>
    /// <param name="name">The operation, for messages.</param>
    private FsError Perform(Func<FsError> call, Func<FsError> reference, Func<ReferenceNode?[]> stored, [CallerMemberName] string name = "")
    {
        FsError actual;
        try
        {
            actual = call();
            ThrowIfOff();
        }
        catch (PowerCutException)
        {
            if (reference() == FsError.None)
            {
                History.Stored(stored());
            }

            throw;
        }

        if (actual == FsError.NoSpace)
        {
            Refusals++;
        }
        else
        {
            FsError expected = reference();
            Require(actual == expected, $"the answer is {actual} instead of {expected}");
            if (expected == FsError.None)
            {
                History.Stored(stored());
            }
        }

        Acknowledge(name);
        return actual;
    }

    /// <summary>An operation that changes nothing that can be seen.</summary>
    private void PerformUnseen(Action call, [CallerMemberName] string name = "")
    {
        call();
        Acknowledge(name);
    }

    private void Acknowledge([CallerMemberName] string name = "")
    {
        ThrowIfOff();
        int done = disk.Trace.Count;
        ulong durable = Mounted.Container.DurableSequence;
        History.Acknowledged(name, Mounted.Container.LastSequence, done);
        History.Durable(History.LastAt(durable), done);
    }

    /// <summary>A store that meets the end of the power in its own work turns read-only and says so; that is no answer of this world.</summary>
    private void ThrowIfOff()
    {
        if (disk.IsOff)
        {
            throw new PowerCutException();
        }
    }

    private void DropHandles()
    {
        open.ForEach(file => file.Node.OpenHandles = 0);
        open.Clear();
        unnamed.Clear();
        nodes.RemoveAll(node => node.Links == 0);
    }

    private ReferenceNode Pick() => nodes[random.Next(nodes.Count)];

    private ReferenceNode? PickFile()
    {
        for (int i = 0; i < 20; i++)
        {
            ReferenceNode node = Pick();
            if (node.IsRegular)
            {
                return node;
            }
        }

        return null;
    }

    private ReferenceNode PickDirectory()
    {
        for (int i = 0; i < 20; i++)
        {
            ReferenceNode node = Pick();
            if (node.IsDirectory)
            {
                return node;
            }
        }

        return Reference.Root;
    }

    /// <summary>A name, mostly in a directory; half of them exist, and there are pairs that differ only in case.</summary>
    private (ReferenceNode Parent, string Name) PickName()
    {
        ReferenceNode parent = random.Next(20) == 0 ? Pick() : PickDirectory();
        if (parent.Children.Count > 0 && random.Next(2) == 0)
        {
            string existing = parent.Children.Keys.ElementAt(random.Next(parent.Children.Count));
            if (existing != VolumeVerifier.FillerName)
            {
                return (parent, existing);
            }
        }

        string name = $"naMe-é{random.Next(Names)}";
        return (parent, random.Next(2) == 0 ? name : name.ToUpperInvariant());
    }

    private ulong HandleOf(ReferenceNode node) => open.Find(file => file.Node == node)?.Handle ?? 0;

    private byte[] RandomBytes(int length)
    {
        byte[] bytes = new byte[length];
        random.NextBytes(bytes);
        return bytes;
    }

    private static byte[] Bytes(string name) => Encoding.UTF8.GetBytes(name);

    private void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException($"Operation {History.Operation}: {otherwise}.");
        }
    }

    private sealed record OpenedNode(ReferenceNode Node, ulong Handle, bool Appends);
}
