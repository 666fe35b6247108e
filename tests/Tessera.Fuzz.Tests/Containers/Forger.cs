using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Testing.Simulation;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>Puts other bytes in the place of sealed ones and seals them, as somebody with the key could, and a writer with a bug would.</summary>
internal sealed class Forger(SealedSample sample)
{
    /// <summary>Slots of group 0 that nothing in the sample uses, for chains that became longer.</summary>
    private const int SpareSlots = 14_000;

    /// <summary>The only root left, of any bytes.</summary>
    public DiskImage WithRoot(ReadOnlySpan<byte> plain)
    {
        DiskImage image = sample.Image.Clone();
        WriteRoot(image, plain);
        return image;
    }

    /// <summary>A chain of any bytes, and a root that names it.</summary>
    public DiskImage WithChain(SampleChain chain, byte[] payload)
    {
        if (payload.Length == 0)
        {
            return WithRoot(Named(chain.Purpose, ChainReference.None));
        }

        var disk = new SimulatedDisk(sample.Image, SealedSample.DiskOptions);
        using SimulatedMedium medium = disk.Open();
        ulong[] slots = [.. Enumerable.Range(SpareSlots, Geometry.Copies * ChainStore.SlotsFor(payload.Length)).Select(slot => SlotAddress.Of(0, slot))];
        ChainReference forged = new ChainStore(medium, sample.Keys).Write(payload, chain.Purpose, slots);
        DiskImage image = disk.ImageAfterKill();
        WriteRoot(image, Named(chain.Purpose, forged));
        return image;
    }

    /// <summary>A node of any bytes, its parents up to the root naming it.</summary>
    public DiskImage WithNode(int number, byte[] plain)
    {
        DiskImage image = sample.Image.Clone();
        byte[] reference = WriteNode(image, sample.Nodes[number].Reference, plain);
        for (int parent = sample.Nodes[number].Parent; parent >= 0; parent = sample.Nodes[parent].Parent)
        {
            byte[] changed = (byte[])sample.Nodes[parent].Plain.Clone();
            int at = changed.AsSpan().IndexOf(sample.Nodes[number].Reference);
            reference.CopyTo(changed.AsSpan(at));
            reference = WriteNode(image, sample.Nodes[parent].Reference, changed);
            number = parent;
        }

        WriteRoot(image, Encode(sample.Root with { Tree = reference }));
        return image;
    }

    /// <summary>A record of any header and body, and those after it chained to it.</summary>
    public DiskImage WithRecord(int number, byte[]? header, byte[] body)
    {
        DiskImage image = sample.Image.Clone();
        UnitSealer sealer = sample.Keys.Log(sample.Root.Log.Session)!;
        byte[] context = [.. sample.Keys.LogBodyContext, .. new byte[Geometry.TagSize]];
        SealTag chain = sample.Root.Log.Chain;
        long position = sample.Records[0].Position;
        for (int i = 0; i < sample.Records.Count; i++)
        {
            SampleRecord record = sample.Records[i];
            byte[] ownBody = i == number ? body : record.Body;
            LogRecord plain = record.Header with { BodyLength = ownBody.Length };
            byte[] stored = new byte[plain.StoredLength];
            plain.Encode(stored);
            if (i == number && header is not null)
            {
                header.AsSpan(0, Math.Min(header.Length, LogRecord.PlainHeader)).CopyTo(stored);
            }

            Span<byte> ownHeader = stored.AsSpan(0, LogRecord.PlainHeader);
            sealer.Seal(LogRecord.HeaderCounter(position), sample.Keys.LogHeaderContext, ownHeader, ownHeader, stored.AsSpan(LogRecord.PlainHeader, Geometry.TagSize));
            chain.Write(context.AsSpan(sample.Keys.LogBodyContext.Length));
            Span<byte> tag = stored.AsSpan(LogRecord.SealedHeader + ownBody.Length, Geometry.TagSize);
            sealer.Seal(LogRecord.BodyCounter(position), context, ownBody, stored.AsSpan(LogRecord.SealedHeader, ownBody.Length), tag);
            chain = SealTag.Read(tag);
            WriteLog(image, position, stored);
            position += stored.Length;
        }

        return image;
    }

    /// <summary>An entry of the map more, or another value for one: its form is that of <see cref="SealedSample.Entries"/>.</summary>
    public DiskImage WithEntry(byte[] entry)
    {
        var disk = new SimulatedDisk(sample.Image, SealedSample.DiskOptions);
        int keyLength = entry.Length == 0 ? 0 : Math.Min(entry[0], entry.Length - 1);
        byte[] value = entry.Length == 0 ? [] : entry[(1 + keyLength)..Math.Min(entry.Length, 1 + keyLength + StoreLimits.MaxValue)];
        if (keyLength > 0 && entry[1] != 0)
        {
            ContainerStore store = SealedSample.Container.Open(disk.Open());
            var batch = new StoreBatch();
            batch.Put(entry.AsSpan(1, keyLength), value);
            store.CommitAsync(batch).AsTask().GetAwaiter().GetResult().Status.ShouldBe(CommitStatus.Committed);
            store.Abandon();
        }

        return disk.ImageAfterKill();
    }

    public static byte[] Encode(RootRecord root)
    {
        byte[] plain = new byte[RootRecord.Length];
        root.Encode(plain);
        return plain;
    }

    private byte[] Named(string purpose, ChainReference chain) => Encode(purpose switch
    {
        Purposes.Sessions => sample.Root with { Sessions = chain },
        Purposes.LogMap => sample.Root with { LogMap = chain },
        _ => sample.Root with { SpaceChanges = chain },
    });

    private void WriteRoot(DiskImage image, ReadOnlySpan<byte> plain)
    {
        byte[] page = new byte[Geometry.SlotSize];
        Span<byte> body = page.AsSpan(ChainReference.SaltLength + Geometry.TagSize);
        plain[..Math.Min(plain.Length, body.Length)].CopyTo(body);
        RandomNumberGenerator.Fill(page.AsSpan(0, ChainReference.SaltLength));
        byte parity = (byte)(BinaryPrimitives.ReadUInt64LittleEndian(body[8..]) & 1);
        using UnitSealer sealer = sample.Keys.OneTime(page.AsSpan(0, ChainReference.SaltLength), "tessera root");
        sealer.Seal(0, [.. sample.Keys.RootContext, parity], body, body, page.AsSpan(ChainReference.SaltLength, Geometry.TagSize));
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            image.Write(FixedPlaces.Ordinary.RootOffset(copy, parity), page);
            image.Write(FixedPlaces.Ordinary.RootOffset(copy, parity + 1UL), new byte[Geometry.SlotSize]);
        }
    }

    /// <summary>In the slots of the node it replaces; longer ones are cut.</summary>
    private byte[] WriteNode(DiskImage image, byte[] encoded, byte[] plain)
    {
        var old = new NodeReference(encoded);
        plain = plain.Length == 0 ? [0] : plain[..Math.Min(plain.Length, old.Slots * Geometry.SlotSize)];
        byte[] slots = new byte[old.Slots * Geometry.SlotSize];
        Span<byte> tag = stackalloc byte[Geometry.TagSize];
        sample.Keys.Data(old.Session)!.Seal(old.Counter, sample.Keys.NodeContext, plain, slots.AsSpan(0, plain.Length), tag);

        // As many slots as before, so that the reference keeps its length and its place in the parent.
        int length = Math.Max(plain.Length, ((old.Slots - 1) * Geometry.SlotSize) + 1);
        if (length != plain.Length)
        {
            return WriteNode(image, encoded, [.. plain, .. new byte[length - plain.Length]]);
        }

        int each = old.SingleSlots ? Geometry.SlotSize : slots.Length;
        var placements = new ulong[Geometry.Copies * old.PlacementsPerCopy];
        for (int i = 0; i < placements.Length; i++)
        {
            placements[i] = old.Placement(0, i);
            image.Write(SlotAddress.Offset(placements[i]), slots.AsSpan(i % old.PlacementsPerCopy * Geometry.SlotSize, each));
        }

        byte[] reference = new byte[encoded.Length];
        var seal = new NodeSeal(
            old.Algorithm, old.SingleSlots, old.Level, old.Session, plain.Length, old.Counter, old.Birth, SealTag.Read(tag));
        NodeReference.Encode(reference, seal, placements);
        return reference;
    }

    private void WriteLog(DiskImage image, long position, ReadOnlySpan<byte> stored)
    {
        long extentBytes = (long)sample.Root.Log.ExtentSlots * Geometry.SlotSize;
        while (!stored.IsEmpty)
        {
            int length = (int)Math.Min(stored.Length, extentBytes - (position % extentBytes));
            ulong extent = sample.LogExtents[position / extentBytes % sample.LogExtents.Length];
            image.Write(SlotAddress.Offset(extent) + (position % extentBytes), stored[..length]);
            position += length;
            stored = stored[length..];
        }
    }
}
