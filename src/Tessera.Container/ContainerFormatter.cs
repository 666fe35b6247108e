using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;

namespace Tessera.Container;

/// <summary>Makes a container on an empty medium.</summary>
public static class ContainerFormatter
{
    private const long LargestLog = 32L << 20;
    private const long SmallestLog = 8L << 20;
    private const int ExtentSlots = 512;
    private const uint FirstSession = 1;

    /// <summary>Writes header, key slots, log and the first root. Nothing counts before the root is durable, so a container whose making was cut short is not one.</summary>
    /// <exception cref="MediumException">No space, or the medium failed.</exception>
    public static void Format(IMedium medium, FormatOptions format, ReadOnlySpan<byte> volumeKey)
    {
        if (format.SizeLimit is not 0 and < Geometry.MinVolume)
        {
            throw new ArgumentException($"A volume has at least {Geometry.MinVolume >> 20} MiB.", nameof(format));
        }

        var header = new ContainerHeader(format.Profile, format.Algorithm, format.Placement, format.VolumeId, format.CreatedSeconds);
        using var keys = new SealingKeys(format.Algorithm, volumeKey, format.VolumeId);
        var space = new SpaceMap(medium, Placements.Create(format.Placement, random: null), format.SizeLimit, _ => new byte[GroupBitmap.Size]);
        if (!space.TryGrow())
        {
            throw new MediumException(MediumFault.NoSpace, $"There is no room for a volume here: {Geometry.GroupSize >> 20} MiB are needed.");
        }

        WipeRoots(medium);
        var changes = new SpaceChanges();
        TakeFixedSlots(space, changes);
        RootRecord root = WriteFirstRoot(medium, format, keys, space, changes);
        WriteHeader(medium, header, format.KeySlots.Span);
        medium.Flush();
        new RootStore(medium, keys).Write(root);
    }

    private static RootRecord WriteFirstRoot(IMedium medium, FormatOptions format, SealingKeys keys, SpaceMap space, SpaceChanges changes)
    {
        var chains = new ChainStore(medium, keys);
        long logBytes = format.LogBytes != 0 ? format.LogBytes
            : format.SizeLimit == 0 ? LargestLog
            : Math.Clamp(format.SizeLimit / 8, SmallestLog, LargestLog);
        int extentSlots = space.SingleSlots ? 1 : ExtentSlots;
        int extents = (int)Math.Max(4, logBytes / ((long)extentSlots * Geometry.SlotSize));
        ulong[] map = PrewriteLog(medium, space, changes, extents, extentSlots);
        byte[] mapBytes = new byte[extents * sizeof(ulong)];
        for (int i = 0; i < extents; i++)
        {
            BinaryPrimitives.WriteUInt64LittleEndian(mapBytes.AsSpan(i * sizeof(ulong)), map[i]);
        }

        byte[] sessions = SessionTable.Encode([new(FirstSession, RandomNumberGenerator.GetBytes(SealingKeys.SaltLength))]);
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
            SpaceChanges = ChainWriter.WriteChanges(chains, space, changes, out _),
            Groups = space.Groups,
            UsedSlots = changes.NetSlots,
            TreeHeight = 0,
            Tree = TreeRoot.Empty.Reference,
        };
    }

    /// <summary>Old roots of an earlier volume on the same medium must not be found.</summary>
    internal static void WipeRoots(IMedium medium)
    {
        var zeros = new AlignedBuffer(Geometry.SlotSize);
        zeros.Span.Clear();
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Write(Geometry.HeaderOffset(copy), zeros.Span, WriteMode.Durable);
            medium.Write(Geometry.RootOffset(copy, 0), zeros.Span, WriteMode.Durable);
            medium.Write(Geometry.RootOffset(copy, 1), zeros.Span, WriteMode.Durable);
        }
    }

    private static void TakeFixedSlots(SpaceMap space, SpaceChanges changes)
    {
        foreach (int start in (ReadOnlySpan<int>)[0, Geometry.SlotsPerGroup - Geometry.FixedSlots])
        {
            space.Restore(SlotAddress.Of(0, start), Geometry.FixedSlots);
            changes.Take(SlotAddress.Of(0, start), Geometry.FixedSlots);
        }
    }

    private static ulong[] PrewriteLog(IMedium medium, SpaceMap space, SpaceChanges changes, int extents, int extentSlots)
    {
        var map = new ulong[extents];
        var filler = new AlignedBuffer(extentSlots * Geometry.SlotSize);
        filler.Span.Clear();
        for (int i = 0; i < extents; i++)
        {
            if (!space.TryAllocate(extentSlots, SpaceUse.Node, mayUseReserve: true, out map[i]))
            {
                throw new SpaceExhaustedException();
            }

            changes.Take(map[i], extentSlots);
            medium.Write(SlotAddress.Offset(map[i]), filler.Span, WriteMode.Direct);
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
            medium.Write(Geometry.HeaderOffset(copy), page.Span, WriteMode.Direct);
            medium.Write(Geometry.KeySlotsOffset(copy), keyPages.Span, WriteMode.Direct);
        }
    }
}
