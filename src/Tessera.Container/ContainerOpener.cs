using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Folders;
using Tessera.Container.Format;
using Tessera.Container.Logging;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Remembering;
using Tessera.Container.Sealing;
using Tessera.Container.Space;
using Tessera.Container.Tree;
using Tessera.Container.Veiling;
using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>Opens a container: finds the newest root, replays the log, begins a session (docs/format/container.md, Checkpoint).</summary>
public static class ContainerOpener
{
    /// <summary>Most free slots kept back for deletes and checkpoints (64 MiB), and fewest (4 MiB; 2 MiB of what is smaller than a group).</summary>
    private const long LargestReserve = 16384;
    private const long SmallestReserve = 1024;
    private const long SmallReserve = 512;

    /// <summary>Opens the container; the store owns the medium from then on, also when this throws.</summary>
    /// <exception cref="ContainerFormatException">It cannot be opened; the fault says why. Nothing was changed.</exception>
    /// <exception cref="MediumException">The medium failed.</exception>
    public static ContainerStore Open(IMedium medium, ReadOnlySpan<byte> volumeKey, ContainerOptions options)
    {
        SealingKeys? keys = null;
        try
        {
            medium = VeiledMedium.Lift(medium, volumeKey);
            ContainerHeader header = ContainerHeader.Read(medium, forWriting: !options.ReadOnly);
            medium = ParityMedium.Over(medium, header);
            medium.Parity?.ReportTo(options.Report);
            keys = SealingKeys.Of(medium, header, volumeKey);
            options = options with { Guard = RollbackGuard.Of(keys, options) };
            var roots = new RootStore(medium, keys, header.Places);
            IReadOnlyList<RootRecord> found = roots.Find();
            if (found.Count == 0)
            {
                throw NoRoot();
            }

            return OpenNewest(medium, header, keys, roots, found, options);
        }
        catch
        {
            keys?.Dispose();
            medium.Dispose();
            throw;
        }
    }

    /// <summary>A root whose chains or tree do not open is as good as torn: the one before it is whole, with its log. Not so the last root of an earlier
    /// session: it knows nothing of the log begun since, and to open it would silently undo what was durable. And not where the medium is shorter than the newest
    /// root says: it was as long when that root was written, so somebody has cut it, and may still have the rest.</summary>
    private static ContainerStore OpenNewest(
        IMedium medium, ContainerHeader header, SealingKeys keys, RootStore roots, IReadOnlyList<RootRecord> found, ContainerOptions options)
    {
        CheckLength(medium, found[0]);
        for (int i = 0; ; i++)
        {
            try
            {
                return OpenRoot(medium, header, keys, roots, found[i], options);
            }
            catch (ContainerFormatException damage) when (medium.Parts is not null && damage.Fault == FormatFault.Damaged)
            {
                // Of a folder it is likelier that a part is of another time: the older root would open, and what the newer one knew be lost.
                string older = i + 1 < found.Count ? $"; the one before is of generation {found[i + 1].Generation}" : string.Empty;
                throw new ContainerFormatException(FormatFault.Mixed, $"Generation {found[i].Generation} of the folder does not open ({damage.Message.TrimEnd('.')}){older}.");
            }
            catch (IOException damage) when (IsDamage(damage) && i + 1 < found.Count && found[i].Log.Session == found[i + 1].Log.Session)
            {
                options.Report?.Invoke($"Generation {found[i].Generation} does not open ({damage.Message}); trying generation {found[i + 1].Generation}.");
            }
        }
    }

    /// <summary>What the key that the key slots gave finds.</summary>
    internal static ContainerFormatException NoRoot() => new(
        FormatFault.Damaged, "No root of the volume opens: all copies are damaged, or the key is not this volume's. So it is, too, when key slots from before a rotation of the key were put back.");

    private static bool IsDamage(IOException failure) =>
        failure is StoreDamageException || failure is ContainerFormatException { Fault: FormatFault.Damaged };

    private static ContainerStore OpenRoot(
        IMedium medium, ContainerHeader header, SealingKeys keys, RootStore roots, RootRecord root, ContainerOptions options)
    {
        CheckOwner(root, options);
        var chains = new ChainStore(medium, keys);
        var set = PartSet.Of(medium, keys);
        set?.CheckAhead(roots, root);
        var changesSlots = new List<ulong>();
        SpaceChanges changes = SpaceChanges.Decode(chains.Read(root.SpaceChanges, Purposes.SpaceChanges, root.Groups, changesSlots.Add), root.Groups);
        set?.Check(root, changes.Marks);
        uint highestSession = SessionTable.Load(chains.Read(root.Sessions, Purposes.Sessions, root.Groups), keys, root.IsOfKeyBefore);
        ulong[] logMap = ReadLogMap(chains, root);

        var cache = new NodeCache(options.NodeCacheBytes);
        ContainerStore? store = null;
        var tree = new TreeRoot(root.TreeHeight, root.Tree, root.Leaves);
        NodeReader? nodes = null;
        var space = new SpaceMap(
            medium,
            Placements.Create(header.Placement, header.StripeSlots, options.Random),
            root.SizeLimit,
            group => SpaceKeys.ReadBitmap(new MapReader(nodes!), store?.CurrentTree ?? tree, group))
        { Places = header.Places };
        nodes = new NodeReader(medium, keys, cache, () => Math.Max(space.Groups, root.Groups));
        LoadCounts(space, new MapReader(nodes), tree, root.Groups);
        store = new ContainerStore(new ContainerParts(medium, header, keys, space, cache, nodes, chains, roots, set), options);
        store.Adopt(root, tree, changes, [.. changesSlots]);
        var ring = new LogRing(medium, logMap, root.Log.ExtentSlots);
        long logEnd = LogReplayer.Replay(store, ring, keys, root);
        store.EndReplay();
        if (store.IsRepairUnfinished)
        {
            throw new ContainerFormatException(FormatFault.NotRepaired, "A repair of this volume was begun and not finished. Run 'tessera fsck --repair' again.");
        }

        options.Guard?.Check(new FoundState(root, store.LastSequence));
        var counter = new CounterGuard(options);
        counter.Check(root);
        if (header.Profile == ContainerProfile.Scattered)
        {
            space.AdoptAll(); // A root written while it was grown knows the new size, and not yet the groups.
        }

        SetReserve(space);
        if (!options.ReadOnly)
        {
            set?.Begin(root, changes.Marks);
            counter.Count(store, binding => store.BeginWriting(ring, logEnd, highestSession + 1, RandomNumberGenerator.GetBytes(SealingKeys.SaltLength), binding));
            store.Remember();
        }
        else
        {
            options.Guard?.RememberFound(root, medium);
        }

        return store;
    }

    /// <summary>As much is kept back as the volume's size asks for.</summary>
    internal static void SetReserve(SpaceMap space) =>
        space.ReserveSlots = space.TotalSlots < Geometry.SlotsPerGroup ? SmallReserve : Math.Clamp(space.TotalSlots / 64, SmallestReserve * space.NeedFactor, LargestReserve * space.NeedFactor);

    private static void CheckLength(IMedium medium, RootRecord root)
    {
        long expected = SpaceMap.LengthOf(root.Groups, root.SizeLimit);
        if (medium.Length < expected)
        {
            throw new ContainerFormatException(
                FormatFault.Damaged,
                medium.Parity is null
                    ? $"The volume is cut short: it should have {expected} bytes and has {medium.Length}. Put the missing part back, or restore a backup."
                    : "The volume is cut short. Put the missing part back; or run 'tessera fsck --repair', which makes it anew as far as parity goes.");
        }
    }

    internal static void CheckOwner(RootRecord root, ContainerOptions options)
    {
        if (!options.ReadOnly && !options.TakeOver && !root.Clean && root.Host != options.Host)
        {
            throw new ContainerFormatException(
                FormatFault.InUse,
                "Another host used this volume last and did not unmount it. If it is not mounted there any more, mount it here with -o takeover.");
        }
    }

    internal static ulong[] ReadLogMap(ChainStore chains, RootRecord root)
    {
        byte[] bytes = chains.Read(root.LogMap, Purposes.LogMap, root.Groups);
        var map = new ulong[bytes.Length / sizeof(ulong)];
        for (int i = 0; i < map.Length; i++)
        {
            map[i] = BinaryPrimitives.ReadUInt64LittleEndian(bytes.AsSpan(i * sizeof(ulong)));
            if (!SlotAddress.IsRun(map[i], root.Log.ExtentSlots, root.Groups))
            {
                throw new ContainerFormatException(FormatFault.Damaged, "The log map names a place outside the volume.");
            }
        }

        return map.Length == root.Log.ExtentCount && map.Length > 0
            ? map
            : throw new ContainerFormatException(FormatFault.Damaged, "The log map has the wrong length.");
    }

    private static void LoadCounts(SpaceMap space, MapReader reader, TreeRoot tree, uint groups)
    {
        var counts = new int[groups];
        byte[] page = new byte[SpaceKeys.CountsPageSize];
        for (uint group = 0; group < groups; group++)
        {
            uint index = group % SpaceKeys.CountsPerPage;
            if (index == 0)
            {
                SpaceKeys.ReadCounts(reader, tree, group / SpaceKeys.CountsPerPage, page);
            }

            counts[group] = BinaryPrimitives.ReadUInt16LittleEndian(page.AsSpan((int)index * sizeof(ushort)));
        }

        space.Load(counts);
    }
}
