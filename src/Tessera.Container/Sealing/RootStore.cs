using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>Writes and finds roots (docs/format/container.md, Root).</summary>
public sealed class RootStore(IMedium medium, SealingKeys keys, FixedPlaces places)
{
    private const string Purpose = "tessera root";
    private readonly byte[][] lastWritten = [new byte[Geometry.SlotSize], new byte[Geometry.SlotSize]];
    private ulong lastGeneration;

    /// <summary>The newest authentic root and, where there is one, the one before; empty when no root opens.</summary>
    public IReadOnlyList<RootRecord> Find()
    {
        var found = new List<RootRecord>();
        for (ulong parity = 0; parity < 2; parity++)
        {
            RootRecord? best = null;
            for (int copy = 0; copy < Geometry.Copies; copy++)
            {
                if (ReadCopy(copy, parity) is { } root && (best is null || Order(root, best) > 0))
                {
                    best = root;
                }
            }

            if (best is not null)
            {
                found.Add(best);
            }
        }

        found.Sort((a, b) => Order(b, a));
        if (found is [{ IsOfKeyBefore: false } newer, { IsOfKeyBefore: true } older] && older.Generation >= newer.Generation)
        {
            found.RemoveAt(1); // Nothing is sealed under the key before once a root of the new one is there: somebody else made this.
        }

        return found;
    }

    /// <summary>Roots of the volume key come before all of the one before it.</summary>
    private static int Order(RootRecord one, RootRecord other) =>
        one.IsOfKeyBefore == other.IsOfKeyBefore ? one.Generation.CompareTo(other.Generation) : one.IsOfKeyBefore ? -1 : 1;

    /// <summary>A slot where no root was written yet may hold noise: it cannot be told from a damaged one.</summary>
    internal bool HidesUnused => keys.HidesUnused;

    /// <summary>Writes both copies, each durable before the next, and each under a salt of its own: two pages alike would tell what they are.</summary>
    public void Write(RootRecord root)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        foreach (byte[] written in lastWritten)
        {
            Seal(root, written);
        }

        lastGeneration = root.Generation;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            lastWritten[copy].CopyTo(page.Span);
            medium.Write(places.RootOffset(copy, root.Generation), page.Span, WriteMode.Durable);
        }
    }

    /// <summary>Writes the copies of the newest root that are not there, durable. So the newest roots of both copies are never more than a generation apart, however
    /// often writing one is cut short between them.</summary>
    public void Complete(RootRecord root)
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (ReadCopy(copy, root.Generation & 1)?.Generation != root.Generation)
            {
                var page = new AlignedBuffer(Geometry.SlotSize);
                Seal(root, page.Span);
                medium.Write(places.RootOffset(copy, root.Generation), page.Span, WriteMode.Durable);
            }
        }
    }

    /// <summary>Makes a root's page, under a one-time key of a fresh salt.</summary>
    public void Seal(RootRecord root, Span<byte> page)
    {
        Span<byte> salt = page[..ChainReference.SaltLength];
        Span<byte> tag = page.Slice(ChainReference.SaltLength, Geometry.TagSize);
        Span<byte> body = page[(ChainReference.SaltLength + Geometry.TagSize)..];
        RandomNumberGenerator.Fill(salt);
        root.Encode(body);
        using UnitSealer sealer = root.IsOfKeyBefore ? keys.OneTimeBefore(salt, Purpose) : keys.OneTime(salt, Purpose);
        sealer.Seal(0, Context(root.Generation), body, body, tag);
    }

    /// <summary>The root this process wrote last is still on the medium, byte for byte: nobody else writes here.</summary>
    public bool IsStillOurs()
    {
        if (lastGeneration == 0)
        {
            return true;
        }

        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Read(places.RootOffset(copy, lastGeneration), page.Span);
            if (page.Span.SequenceEqual(lastWritten[copy]))
            {
                return true; // One damaged copy is damage, not a second writer.
            }
        }

        return false;
    }

    /// <summary>One copy of the root of a parity; null when it does not open.</summary>
    internal RootRecord? ReadCopy(int copy, ulong parity)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        try
        {
            medium.Read(places.RootOffset(copy, parity), page.Span);
        }
        catch (MediumException)
        {
            return null; // Unreadable is as good as torn: another copy or the other generation must do.
        }

        ReadOnlySpan<byte> salt = page.Span[..ChainReference.SaltLength];
        using (UnitSealer sealer = keys.OneTime(salt, Purpose))
        {
            if (TryOpen(sealer, parity, page.Span) is { } root)
            {
                return root;
            }
        }

        if (keys.KeyBefore is null)
        {
            return null;
        }

        using UnitSealer before = keys.OneTimeBefore(salt, Purpose);
        return TryOpen(before, parity, page.Span)?.OfKeyBefore();
    }

    private RootRecord? TryOpen(UnitSealer sealer, ulong parity, ReadOnlySpan<byte> page)
    {
        ReadOnlySpan<byte> cipher = page[(ChainReference.SaltLength + Geometry.TagSize)..];
        byte[] body = new byte[cipher.Length];
        if (!sealer.TryOpen(0, Context(parity), cipher, page.Slice(ChainReference.SaltLength, Geometry.TagSize), body))
        {
            return null;
        }

        RootRecord? root = RootRecord.Decode(body);
        return root is not null && (root.Generation & 1) == parity ? root : null;
    }

    private byte[] Context(ulong generation) => [.. keys.RootContext, (byte)(generation & 1)];
}
