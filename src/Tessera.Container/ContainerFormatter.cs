using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Container.Veiling;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>Makes a container on an empty medium.</summary>
public static class ContainerFormatter
{
    private const long LargestLog = 32L << 20;
    private const long SmallestLog = 8L << 20;
    private const int ExtentSlots = 512;

    /// <summary>Of a container with parity, where a slot of the log takes several times the room.</summary>
    private const long SmallestMirroredLog = 4L << 20;

    /// <summary>Of a small container: a quarter of the smallest.</summary>
    private const long SmallLog = 2L << 20;
    private const int SmallExtentSlots = 128;
    private const uint FirstSession = 1;

    /// <summary>Writes header, key slots, log and the first root. Nothing counts before the root is durable, so a container whose making was cut short is not one.</summary>
    /// <exception cref="MediumException">No space, or the medium failed.</exception>
    public static void Format(IMedium medium, FormatOptions format, ReadOnlySpan<byte> volumeKey)
    {
        if (format.SizeLimit is not 0 and < Geometry.MinVolume)
        {
            throw new ArgumentException($"A volume has at least {Geometry.MinVolume >> 20} MiB.", nameof(format));
        }

        if (PlacesOf(format).IsSmall && (medium.Parts is not null || format.Profile == ContainerProfile.Scattered))
        {
            throw new ArgumentException($"A folder, and a scattered container, is not small: it has at least {Geometry.GroupSize >> 20} MiB.", nameof(format));
        }

        if (format.Parity is not null && format.Profile != ContainerProfile.Scattered)
        {
            throw new ArgumentException("Parity is for profile scattered.", nameof(format));
        }

        if (format.Profile == ContainerProfile.Scattered)
        {
            FormatVeiled(medium, format, volumeKey);
            return;
        }

        FormatOpen(medium, format, stripes: null, volumeKey);
    }

    private static FixedPlaces PlacesOf(FormatOptions format) => new(format.IsSmall || format.SizeLimit is not 0 and < Geometry.GroupSize);

    /// <summary>All of the medium is there and noise before anything is written to it: what is used later cannot be told from what is not.</summary>
    private static void FormatVeiled(IMedium medium, FormatOptions format, ReadOnlySpan<byte> volumeKey)
    {
        if (format.SizeLimit == 0 || format.Placement != PlacementKind.Scattered || format.Algorithm == SealAlgorithm.Checksum)
        {
            throw new ArgumentException("Profile scattered needs a size, placement scattered and an algorithm that hides.", nameof(format));
        }

        long length = format.SizeLimit / Geometry.SlotSize * Geometry.SlotSize;
        StripeLayout? stripes = LayoutOf(medium, format, ref length);
        if (medium.Length < length)
        {
            medium.Grow(length);
        }

        if (!format.IsFilled)
        {
            Noise.Fill(medium, 0, medium.Length, format.Progress);
        }

        VeiledMedium veiled = VeiledMedium.Begin(medium, volumeKey, format.HiddenKeys ?? HiddenKeys.Create());
        if (stripes is null)
        {
            FormatOpen(veiled, format, stripes: null, volumeKey);
        }
        else
        {
            var striped = new ParityMedium(veiled, stripes);
            FormatOpen(striped, format with { SizeLimit = striped.Length }, stripes, volumeKey);
            striped.Leave();
        }

        veiled.Leave(); // The medium is whoever's called.
    }

    /// <summary>How stripes lie on the medium; null without parity. Of a folder, only so many files are made as whole stripes need.</summary>
    private static StripeLayout? LayoutOf(IMedium medium, FormatOptions format, ref long length)
    {
        if (format.Parity is not { } shape)
        {
            return null;
        }

        long fileBytes = medium.Parts?.PartBytes ?? 0;
        if (fileBytes > FixedPlaces.Ordinary.HeaderOffset(1))
        {
            throw new ArgumentException($"The files of a folder with parity have less than {Geometry.GroupSize >> 20} MiB, so that the fixed slots lie in two of them.", nameof(format));
        }

        var layout = StripeLayout.Create(shape.Data, shape.Parity, length, fileBytes);
        length = fileBytes == 0 ? length : layout.MediumFor(layout.LengthOn(length));
        return length >= ParityShape.LeastMedium
            ? layout
            : throw new ArgumentException($"A volume with parity has at least {ParityShape.LeastMedium >> 20} MiB.", nameof(format));
    }

    private static void FormatOpen(IMedium medium, FormatOptions format, StripeLayout? stripes, ReadOnlySpan<byte> volumeKey)
    {
        var header = new ContainerHeader(format.Profile, format.Algorithm, format.Placement, format.VolumeId, format.CreatedSeconds) { Places = PlacesOf(format), Stripes = stripes };
        using var keys = SealingKeys.Of(header, volumeKey);
        var space = new SpaceMap(medium, Placements.Create(format.Placement, header.StripeSlots, random: null), format.SizeLimit, _ => new byte[GroupBitmap.Size]) { Places = header.Places };
        if (!space.TryGrow())
        {
            throw new MediumException(MediumFault.NoSpace, $"There is no room for a volume here: {SpaceMap.LengthOf(1, format.SizeLimit) >> 20} MiB are needed.");
        }

        if (format.Profile == ContainerProfile.Scattered)
        {
            space.AdoptAll(); // Groups taken one after the other would show how full it has been.
        }

        WipeRoots(medium, header.Places, keys.HidesUnused);
        SpaceChanges changes = space.NewChanges();
        TakeFixedSlots(medium, space, changes);
        RootRecord root = WriteFirstRoot(medium, format, keys, space, changes);
        WriteHeader(medium, header, format.KeySlots.Span);
        medium.Flush();
        new RootStore(medium, keys, header.Places).Write(root);
    }

    private static RootRecord WriteFirstRoot(IMedium medium, FormatOptions format, SealingKeys keys, SpaceMap space, SpaceChanges changes)
    {
        var chains = new ChainStore(medium, keys);
        long logBytes = format.LogBytes != 0 ? format.LogBytes
            : space.Places.IsSmall ? SmallLog
            : format.SizeLimit == 0 ? LargestLog
            : medium.Parity is not null ? Math.Clamp(format.SizeLimit / 24, SmallestMirroredLog, LargestLog)
            : Math.Clamp(format.SizeLimit / 8, SmallestLog, LargestLog);
        int extentSlots = medium.Parity?.Layout.LogSlots ?? (space.SingleSlots ? 1 : space.Places.IsSmall ? SmallExtentSlots : ExtentSlots);
        int extents = (int)Math.Max(4, logBytes / ((long)extentSlots * Geometry.SlotSize));
        ulong[] map = PrewriteLog(medium, keys, (space, changes), extents, extentSlots);
        byte[] mapBytes = new byte[extents * sizeof(ulong)];
        for (int i = 0; i < extents; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(mapBytes.AsSpan(i * sizeof(ulong)), map[i]);
        }

        byte[] sessions = SessionTable.EncodeFirst(FirstSession, RandomNumberGenerator.GetBytes(SealingKeys.SaltLength));
        return new RootRecord
        {
            Generation = 1,
            MountEpoch = 0,
            Owner = Guid.NewGuid(),
            Host = format.Host,
            Clean = true,
            Sequence = 0,
            Session = FirstSession,
            SizeLimit = format.SizeLimit,
            Leaves = 0,
            VolumeClock = 0,
            Log = new LogStart(0, FirstSession, default, extentSlots, extents),
            LogMap = ChainWriter.Write(chains, space, changes, mapBytes, Purposes.LogMap),
            Sessions = ChainWriter.Write(chains, space, changes, sessions, Purposes.Sessions),
            SpaceChanges = ChainWriter.WriteChanges(chains, space, changes, close: null, out _),
            Groups = space.Groups,
            UsedSlots = changes.NetSlots,
            TreeHeight = 0,
            Tree = TreeRoot.Empty.Reference,
        };
    }

    /// <summary>Old roots of an earlier volume on the same medium must not be found.</summary>
    internal static void WipeRoots(IMedium medium, FixedPlaces places, bool withNoise)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            foreach (long offset in (ReadOnlySpan<long>)[places.HeaderOffset(copy), places.RootOffset(copy, 0), places.RootOffset(copy, 1)])
            {
                Unused.Fill(page.Span, withNoise);
                medium.Write(offset, page.Span, WriteMode.Durable);
            }
        }

        WipeOrdinaryHeader(medium, places);
    }

    /// <summary>Of a small container: where an ordinary one would have the second copy of its header there must be none, as soon as the medium is that long. It
    /// would count before the small one's when copy A is damaged.</summary>
    internal static void WipeOrdinaryHeader(IMedium medium, FixedPlaces places)
    {
        long offset = FixedPlaces.Ordinary.HeaderOffset(1);
        if (places.IsSmall && offset + Geometry.SlotSize <= medium.Length)
        {
            var zeros = new AlignedBuffer(Geometry.SlotSize);
            zeros.Span.Clear();
            medium.Write(offset, zeros.Span, WriteMode.Durable);
        }
    }

    private static void TakeFixedSlots(IMedium medium, SpaceMap space, SpaceChanges changes)
    {
        if (medium.Parity is { } parity)
        {
            foreach (long stripe in parity.Reserved)
            {
                ulong address = SlotAddress.At(stripe * space.Stripe);
                space.Restore(address, space.Stripe);
                changes.Take(address, space.Stripe);
            }

            return;
        }

        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            ulong start = SlotAddress.Of(0, space.Places.FirstSlot(copy));
            space.Restore(start, Geometry.FixedSlots);
            changes.Take(start, Geometry.FixedSlots);
        }
    }

    private static ulong[] PrewriteLog(IMedium medium, SealingKeys keys, (SpaceMap Map, SpaceChanges Changes) space, int extents, int extentSlots)
    {
        var map = new ulong[extents];
        var filler = new AlignedBuffer(extentSlots * Geometry.SlotSize);
        for (int i = 0; i < extents; i++)
        {
            if (!space.Map.TryAllocate(extentSlots, SpaceUse.Node, mayUseReserve: true, out map[i]))
            {
                throw new SpaceExhaustedException();
            }

            space.Changes.Take(map[i], extentSlots);
        }

        var ring = new LogRing(medium, map, extentSlots);
        for (int i = 0; i < extents; i++)
        {
            Unused.Fill(filler.Span, keys.HidesUnused);
            ring.Write((long)i * filler.Length, filler.Span, WriteMode.Direct);
        }

        return map;
    }

    private static void WriteHeader(IMedium medium, ContainerHeader header, ReadOnlySpan<byte> keySlots)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        var keyPages = new AlignedBuffer(Geometry.KeySlotsLength);
        header.Encode(page.Span);
        keyPages.Span.Clear();
        keySlots.CopyTo(keyPages.Span);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Write(header.Places.HeaderOffset(copy), page.Span, WriteMode.Direct);
            medium.Write(header.Places.KeySlotsOffset(copy), keyPages.Span, WriteMode.Direct);
        }
    }
}
