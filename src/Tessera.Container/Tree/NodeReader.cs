using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;
using Tessera.Crypto;

namespace Tessera.Container.Tree;

/// <summary>Reads and opens nodes through the cache, from whichever copy is whole.</summary>
/// <param name="medium">Where they lie.</param>
/// <param name="keys">What opens them.</param>
/// <param name="cache">Those already open.</param>
/// <param name="groups">Groups of the volume now: an address beyond is damage.</param>
public sealed class NodeReader(IMedium medium, SealingKeys keys, NodeCache cache, Func<uint> groups)
{
    private readonly AlignedBufferPool buffers = new(Geometry.MaxNode, capacity: 16);

    /// <summary>The node, if it is in memory.</summary>
    public Node? Cached(NodeReference reference) => cache.Find(reference.Placement(0, 0), reference.Counter, reference.Session);

    /// <exception cref="StoreDamageException">Neither copy is whole.</exception>
    public Node Read(NodeReference reference) => TryRead(reference) ?? throw Lost(reference);

    /// <summary>As <see cref="Read"/>; null when neither copy is whole.</summary>
    public Node? TryRead(NodeReference reference)
    {
        if (Cached(reference) is { } cached)
        {
            return cached;
        }

        if (!reference.IsValid(groups()))
        {
            throw new StoreDamageException("A reference to a tree node makes no sense.");
        }

        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (TryReadCopy(reference, copy) is { } node)
            {
                cache.Add(reference.Placement(0, 0), node);
                return node;
            }
        }

        return null;
    }

    /// <summary>Neither copy of a node is whole.</summary>
    internal static StoreDamageException Lost(NodeReference reference) => new(
        $"Both copies of a tree node are damaged (level {reference.Level}, addresses {reference.Placement(0, 0):x} and {reference.Placement(1, 0):x}).");

    /// <summary>Reads one copy past the cache; null when it is damaged.</summary>
    public Node? TryReadCopy(NodeReference reference, int copy)
    {
        AlignedBuffer buffer = buffers.Rent();
        try
        {
            return TryReadCopy(reference, copy, buffer.Span);
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    /// <summary>As <see cref="TryReadCopy(NodeReference, int)"/>; the sealed slots stay in <paramref name="stored"/>, <see cref="Geometry.MaxNode"/> bytes.</summary>
    public Node? TryReadCopy(NodeReference reference, int copy, Span<byte> stored)
    {
        if (!reference.IsValid(groups()) || keys.Data(reference.Session) is not { } sealer)
        {
            return null;
        }

        if (TryReadSlots(reference, copy, stored))
        {
            Undisguise(reference, copy, stored);
            if (Open(reference, sealer, stored) is { } node)
            {
                return node;
            }
        }

        return TryRebuild(reference, sealer, copy, stored);
    }

    /// <summary>Compares the slots of a copy, parity too, with what they should be.</summary>
    /// <param name="reference">The node.</param>
    /// <param name="copy">Which copy.</param>
    /// <param name="write">Those that differ are written anew; the caller holds on to the node.</param>
    /// <returns>How many slots differ; 0 also where there is no parity, or the copy cannot be had.</returns>
    internal int Mend(NodeReference reference, int copy, bool write)
    {
        if (medium.Parity is not { } parity || reference.SingleSlots)
        {
            return 0;
        }

        AlignedBuffer buffer = buffers.Rent();
        try
        {
            Span<byte> stored = buffer.Span;
            if (TryReadCopy(reference, copy, stored) is null)
            {
                return 0;
            }

            Undisguise(reference, copy, stored); // It is its own opposite.
            return parity.Mend(SlotAddress.Offset(reference.Placement(copy, 0)), stored[..(reference.Slots * Geometry.SlotSize)], write);
        }
        finally
        {
            buffers.Return(buffer);
        }
    }

    /// <summary>Makes a copy anew out of its parity; null when there is none, or not enough.</summary>
    private Node? TryRebuild(NodeReference reference, UnitSealer sealer, int copy, Span<byte> stored)
    {
        if (medium.Parity is not { } parity || reference.SingleSlots)
        {
            return null;
        }

        byte[] sealedNode = new byte[reference.Length];
        byte[] plain = new byte[reference.Length];
        (ulong counter, uint session, int length, byte[] tag) = (reference.Counter, reference.Session, reference.Length, reference.Tag.ToArray());
        bool isWhole = parity.TryRebuild(SlotAddress.Offset(reference.Placement(copy, 0)), stored[..(reference.Slots * Geometry.SlotSize)], found =>
        {
            found[..length].CopyTo(sealedNode);
            if (copy > 0 && keys.HidesUnused)
            {
                keys.Disguise(session, counter, sealedNode);
            }

            return sealer.TryOpen(counter, keys.NodeContext, sealedNode, tag, plain);
        });
        if (!isWhole)
        {
            return null;
        }

        Undisguise(reference, copy, stored);
        return Open(reference, sealer, stored);
    }

    private void Undisguise(NodeReference reference, int copy, Span<byte> stored)
    {
        if (copy > 0 && keys.HidesUnused)
        {
            keys.Disguise(reference.Session, reference.Counter, stored[..reference.Length]);
        }
    }

    private bool TryReadSlots(NodeReference reference, int copy, Span<byte> buffer)
    {
        int slotsEach = reference.SingleSlots ? 1 : reference.Slots;
        try
        {
            for (int i = 0; i < reference.PlacementsPerCopy; i++)
            {
                medium.Read(
                    SlotAddress.Offset(reference.Placement(copy, i)),
                    buffer.Slice(i * Geometry.SlotSize, slotsEach * Geometry.SlotSize));
            }

            return true;
        }
        catch (MediumException)
        {
            return false; // The other copy may do; Read says so when it does not.
        }
    }

    private Node? Open(NodeReference reference, UnitSealer sealer, ReadOnlySpan<byte> stored)
    {
        byte[] plain = GC.AllocateUninitializedArray<byte>(reference.Length);
        return sealer.TryOpen(reference.Counter, keys.NodeContext, stored[..reference.Length], reference.Tag, plain)
            && Node.TryParse(plain, reference.Counter, reference.Session) is { } node && node.Level == reference.Level
            ? node
            : null;
    }
}
