using System.Buffers.Binary;
using Tessera.Container.Remembering;
using Tessera.Container.Tree;

namespace Tessera.Container.Format;

/// <summary>What a root says (docs/format/container.md, Root). A value: every checkpoint makes a new one.</summary>
public sealed record RootRecord
{
    /// <summary>Plain bytes of a root.</summary>
    public const int Length = Geometry.SlotSize - ChainReference.SaltLength - Geometry.TagSize;

    /// <summary>Generations and sequences beyond are nobody's: at a million a second they last for 70,000 years.</summary>
    public const ulong MaxSequence = 1UL << 61;
    private const uint Version = 1;
    private const int CounterAt = 1024;

    public required ulong Generation { get; init; }

    /// <summary>Grows with every writable open.</summary>
    public required ulong MountEpoch { get; init; }

    /// <summary>Random, one a writable open: tells writers apart.</summary>
    public required Guid Owner { get; init; }

    /// <summary>A hash of the identity of the host that wrote it.</summary>
    public required Guid Host { get; init; }

    /// <summary>The last writer closed the container.</summary>
    public required bool Clean { get; init; }

    /// <summary>The last commit the tree holds.</summary>
    public required ulong Sequence { get; init; }
    public required uint Groups { get; init; }
    public required uint Session { get; init; }

    /// <summary>Largest size of the medium, bytes; 0: no limit of its own.</summary>
    public required long SizeLimit { get; init; }
    public required long UsedSlots { get; init; }
    public required long Leaves { get; init; }
    public required long VolumeClock { get; init; }
    public required LogStart Log { get; init; }
    public required ChainReference Sessions { get; init; }
    public required ChainReference LogMap { get; init; }
    public required ChainReference SpaceChanges { get; init; }

    /// <summary>The counter outside the volume that counts its openings for writing; null: there is none.</summary>
    public CounterBinding? Counter { get; init; }

    /// <summary>The volume key before opened it, and opens its chains. Not stored.</summary>
    internal bool IsOfKeyBefore { get; private init; }

    /// <summary>Levels of the tree; 0: it is empty.</summary>
    public required int TreeHeight { get; init; }
    public required byte[] Tree { get; init; }

    /// <summary>The next root, the first of a new opening for writing.</summary>
    internal RootRecord Begun(uint session, Guid host, CounterBinding? counter) => this with
    {
        Generation = Generation + 1,
        MountEpoch = MountEpoch + 1,
        Owner = Guid.NewGuid(),
        Host = host,
        Clean = false,
        Session = session,
        Counter = counter,
        IsOfKeyBefore = false,
    };

    /// <summary>The same root as one that the volume key before has opened.</summary>
    internal RootRecord OfKeyBefore() => this with
    {
        IsOfKeyBefore = true,
        Sessions = Sessions with { IsOfKeyBefore = true },
        LogMap = LogMap with { IsOfKeyBefore = true },
        SpaceChanges = SpaceChanges with { IsOfKeyBefore = true },
    };

    public void Encode(Span<byte> target)
    {
        target.Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(target, Version);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], MountEpoch);
        Owner.TryWriteBytes(target[24..]);
        Host.TryWriteBytes(target[40..]);
        target[56] = (byte)(Clean ? 1 : 0);
        BinaryPrimitives.WriteUInt64LittleEndian(target[64..], Sequence);
        BinaryPrimitives.WriteUInt32LittleEndian(target[72..], Groups);
        BinaryPrimitives.WriteUInt32LittleEndian(target[76..], Session);
        BinaryPrimitives.WriteInt64LittleEndian(target[80..], SizeLimit);
        BinaryPrimitives.WriteInt64LittleEndian(target[88..], UsedSlots);
        BinaryPrimitives.WriteInt64LittleEndian(target[96..], Leaves);
        BinaryPrimitives.WriteInt64LittleEndian(target[104..], VolumeClock);
        Log.Encode(target[112..]);
        Sessions.Encode(target[152..]);
        LogMap.Encode(target[216..]);
        SpaceChanges.Encode(target[280..]);
        BinaryPrimitives.WriteInt32LittleEndian(target[344..], TreeHeight);
        BinaryPrimitives.WriteInt32LittleEndian(target[348..], Tree.Length);
        Tree.CopyTo(target[352..]);
        CounterBinding.Encode(Counter, target[CounterAt..]);
    }

    /// <summary>Null when authentic bytes make no sense to this version.</summary>
    public static RootRecord? Decode(ReadOnlySpan<byte> source)
    {
        int treeLength = BinaryPrimitives.ReadInt32LittleEndian(source[348..]);
        if (BinaryPrimitives.ReadUInt32LittleEndian(source) != Version || treeLength is < 0 or > NodeReference.MaxLength || !CounterBinding.TryDecode(source[CounterAt..], out CounterBinding? counter))
        {
            return null;
        }

        var root = new RootRecord
        {
            Generation = BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            MountEpoch = BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            Owner = new Guid(source.Slice(24, 16)),
            Host = new Guid(source.Slice(40, 16)),
            Clean = source[56] == 1,
            Sequence = BinaryPrimitives.ReadUInt64LittleEndian(source[64..]),
            Groups = BinaryPrimitives.ReadUInt32LittleEndian(source[72..]),
            Session = BinaryPrimitives.ReadUInt32LittleEndian(source[76..]),
            SizeLimit = BinaryPrimitives.ReadInt64LittleEndian(source[80..]),
            UsedSlots = BinaryPrimitives.ReadInt64LittleEndian(source[88..]),
            Leaves = BinaryPrimitives.ReadInt64LittleEndian(source[96..]),
            VolumeClock = BinaryPrimitives.ReadInt64LittleEndian(source[104..]),
            Log = LogStart.Decode(source[112..]),
            Sessions = ChainReference.Decode(source[152..]),
            LogMap = ChainReference.Decode(source[216..]),
            SpaceChanges = ChainReference.Decode(source[280..]),
            TreeHeight = BinaryPrimitives.ReadInt32LittleEndian(source[344..]),
            Tree = source.Slice(352, treeLength).ToArray(),
            Counter = counter,
        };
        return root.IsSane ? root : null;
    }

    private bool IsSane
    {
        get
        {
            long slots = (long)Groups * Geometry.SlotsPerGroup;
            return Groups is > 0 and <= Geometry.MaxGroups
                && Generation <= MaxSequence && Sequence <= MaxSequence && MountEpoch <= MaxSequence
                && SizeLimit is 0 or >= Geometry.MinVolume
                && UsedSlots >= 0 && UsedSlots <= slots && Leaves >= 0 && Leaves <= slots
                && Log.IsSane
                && IsTreeSane;
        }
    }

    /// <summary>The top is one level below the height; every level below is what the node above says (<see cref="Tree.Node.TryParse"/>).</summary>
    private bool IsTreeSane => TreeHeight == 0
        ? Tree.Length == 0
        : TreeHeight is > 0 and <= TreeCursor.MaxHeight
            && new NodeReference(Tree) is var top && top.IsValid(Groups) && top.Level == TreeHeight - 1;
}
