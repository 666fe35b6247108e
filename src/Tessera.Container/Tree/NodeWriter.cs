using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Crypto;

namespace Tessera.Container.Tree;

/// <summary>Seals new nodes and writes both copies of each; neighbours on the medium go out in one write. Used by one thread.</summary>
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
        copies = [new RunBuffer(medium), new RunBuffer(medium)];
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
        int perCopy = space.SingleSlots ? slots : 1;
        Place(body, slots, changes);

        var seal = new NodeSeal(
            (byte)keys.Algorithm,
            space.SingleSlots,
            plain[0],
            keys.CurrentSession,
            plain.Length,
            counter,
            birth,
            System.Buffers.Binary.BinaryPrimitives.ReadUInt128LittleEndian(tag));
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

    private void Place(ReadOnlySpan<byte> body, int slots, SpaceChanges changes)
    {
        int perCopy = space.SingleSlots ? slots : 1;
        int slotsEach = space.SingleSlots ? 1 : slots;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int i = 0; i < perCopy; i++)
            {
                if (!space.TryAllocate(slotsEach, copy == 0 ? SpaceUse.Node : SpaceUse.NodeCopy, mayUseReserve: true, out ulong address))
                {
                    throw new SpaceExhaustedException();
                }

                changes.Take(address, slotsEach);
                placements[(copy * perCopy) + i] = address;
                int start = i * Geometry.SlotSize;
                int length = Math.Min(slotsEach * Geometry.SlotSize, body.Length - start);
                copies[copy].Add(address, slotsEach, body.Slice(start, length));
            }
        }
    }
}
