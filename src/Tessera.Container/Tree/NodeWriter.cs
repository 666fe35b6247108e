using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container.Tree;

/// <summary>Seals new nodes and writes both copies of each; neighbours on the medium go out in one write, and single slots many at a time. Used by one thread.</summary>
public sealed class NodeWriter
{
    private readonly SealingKeys keys;
    private readonly SpaceMap space;
    private readonly NodeCache cache;
    private readonly RunBuffer[] copies;
    private readonly byte[] sealedNode = new byte[Geometry.MaxNode];
    private readonly byte[] encoded = new byte[NodeReference.MaxLength];
    private readonly ulong[] placements = new ulong[Geometry.Copies * (Geometry.MaxNode / Geometry.SlotSize)];

    public NodeWriter(IMedium medium, SealingKeys keys, SpaceMap space, NodeCache cache)
    {
        this.keys = keys;
        this.space = space;
        this.cache = cache;
        copies = [.. Enumerable.Range(0, Geometry.Copies).Select(_ => new RunBuffer(medium, keys.HidesUnused, apart: space.SingleSlots))];
    }

    /// <summary>Seals a node, gives it places and hands it to the medium (at the latest by <see cref="Finish"/>); its encoded reference.</summary>
    /// <exception cref="SpaceExhaustedException">No slot is left, not even of the reserve.</exception>
    public byte[] Write(byte[] plain, ulong birth, SpaceChanges changes)
    {
        UnitSealer sealer = keys.Data(keys.CurrentSession)!;
        ulong counter = keys.TakeCounters(1);
        Span<byte> tag = stackalloc byte[Geometry.TagSize];
        Span<byte> body = sealedNode.AsSpan(0, plain.Length);
        sealer.Seal(counter, keys.NodeContext, plain, body, tag);
        int slots = Geometry.SlotsFor(plain.Length);
        bool singleSlots = space.SingleSlots || !TryPlace(slots, singleSlots: false);
        if (singleSlots && !TryPlace(slots, singleSlots: true))
        {
            throw new SpaceExhaustedException();
        }

        Add(body, singleSlots ? 1 : slots, counter, changes);
        int perCopy = singleSlots ? slots : 1;
        var seal = new NodeSeal(
            (byte)keys.Algorithm,
            singleSlots,
            plain[0],
            keys.CurrentSession,
            plain.Length,
            counter,
            birth,
            SealTag.Read(tag));
        int length = NodeReference.Encode(encoded, seal, placements.AsSpan(0, Geometry.Copies * perCopy));
        cache.Add(placements[0], Node.TryParse(plain, counter, keys.CurrentSession)!);
        return encoded.AsSpan(0, length).ToArray();
    }

    /// <summary>Every node written so far is with the medium (not yet flushed).</summary>
    public void Finish()
    {
        foreach (RunBuffer run in copies)
        {
            run.Flush();
        }
    }

    /// <summary>Finds places for both copies; in a full, fragmented volume there may be no run, but single slots.</summary>
    private bool TryPlace(int slots, bool singleSlots)
    {
        int perCopy = singleSlots ? slots : 1;
        int slotsEach = singleSlots ? 1 : slots;
        int count = Geometry.Copies * perCopy;
        for (int i = 0; i < count; i++)
        {
            if (!space.TryAllocate(slotsEach, i < perCopy ? SpaceUse.Node : SpaceUse.NodeCopy, mayUseReserve: true, out placements[i]))
            {
                while (--i >= 0)
                {
                    space.Return(placements[i], slotsEach);
                }

                return false;
            }
        }

        return true;
    }

    /// <summary>Hands both copies to the medium, in pieces of so many slots.</summary>
    private void Add(Span<byte> body, int slotsEach, ulong counter, SpaceChanges changes)
    {
        int perCopy = Geometry.SlotsFor(body.Length) / slotsEach;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (copy > 0 && keys.HidesUnused)
            {
                keys.Disguise(keys.CurrentSession, counter, body);
            }

            for (int i = 0; i < perCopy; i++)
            {
                ulong address = placements[(copy * perCopy) + i];
                int start = i * Geometry.SlotSize;
                int length = Math.Min(slotsEach * Geometry.SlotSize, body.Length - start);
                changes.Take(address, slotsEach);
                copies[copy].Add(address, slotsEach, body.Slice(start, length));
            }
        }
    }
}
