using System.Globalization;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Sealing;
using Tessera.Container.Space;

namespace Tessera.Container.Folders;

/// <summary>Which state of each file of a folder belongs to which root, so that files of different moments or places are never taken for one volume
/// (docs/format/folder.md).</summary>
/// <remarks>The first write into a file after a checkpoint has begun marks it; the checkpoint's root says the marks of all files that were written to. Any thread writes;
/// <see cref="Close"/> and <see cref="Seal"/> are the checkpoint's.</remarks>
internal sealed class PartSet
{
    /// <summary>A file may be so far ahead of the newest root: one checkpoint may be half done, and what comes after it have begun. What that overwrites, the
    /// root does not need (docs/format/container.md, Reuse).</summary>
    private const ulong MostAhead = 2;
    private readonly IPartedMedium medium;
    private readonly ParityMedium? striped;
    private readonly SealingKeys keys;
    private readonly Lock gate = new();
    private readonly bool[] marked = new bool[IPartedMedium.MostParts];

    /// <summary>What the last roots say of each file, the newest first.</summary>
    private readonly PartMark[]?[] said = new PartMark[]?[IPartedMedium.MostParts];
    private readonly List<int> closing = [];
    private ulong generation;

    /// <summary>The thread that writes the chain between <see cref="Close"/> and <see cref="Seal"/>, whose stamps follow; 0: none.</summary>
    private volatile int closer;

    private PartSet(IPartedMedium medium, ParityMedium? striped, SealingKeys keys) => (this.medium, this.striped, this.keys) = (medium, striped, keys);

    /// <summary>Null when the medium is one thing.</summary>
    public static PartSet? Of(IMedium medium, SealingKeys keys) => medium.Parts is { } parts ? new PartSet(parts, medium.Parity, keys) : null;

    /// <summary>Refuses a folder in which something is newer than the root can be, before anything is read that the newer may have overwritten.</summary>
    /// <param name="roots">Both copies of the roots, which may lie in different files.</param>
    /// <param name="root">The newest.</param>
    /// <exception cref="ContainerFormatException"><see cref="FormatFault.Mixed"/>, naming both generations.</exception>
    public void CheckAhead(RootStore roots, RootRecord root)
    {
        CheckCopies(roots);
        for (int part = 0; part < medium.Count; part++)
        {
            if (PartStamp.TryRead(medium, keys, part) is { } stamp && stamp.Own.Generation > root.Generation + MostAhead)
            {
                throw Mixed($"{medium.NameOf(part)} is of generation {stamp.Own.Generation}, and the newest root of generation {root.Generation}");
            }
        }
    }

    /// <summary>Refuses a folder whose files do not all have what the root says.</summary>
    /// <param name="root">The newest.</param>
    /// <param name="marks">What it says of the files.</param>
    /// <exception cref="ContainerFormatException"><see cref="FormatFault.Mixed"/>, naming both generations.</exception>
    public void Check(RootRecord root, IReadOnlyList<PartMark> marks)
    {
        for (int part = 0; part < marks.Count; part++)
        {
            if (marks[part] == PartMark.None)
            {
                continue;
            }

            if (part >= medium.Count)
            {
                throw Mixed($"{medium.NameOf(part)} is missing, which the newest root, of generation {root.Generation}, knows as of generation {marks[part].Generation}");
            }

            PartStamp stamp = PartStamp.TryRead(medium, keys, part)
                ?? throw Mixed($"{medium.NameOf(part)} has no stamp that opens, and should be of generation {marks[part].Generation}; the newest root is of generation {root.Generation}");
            if (Fault(stamp, root.Generation, marks[part]) is { } fault)
            {
                throw Mixed($"{medium.NameOf(part)} {fault}");
            }
        }
    }

    /// <summary>Marks files that are written to from now on.</summary>
    /// <param name="root">The newest; what it says of the files are <paramref name="marks"/>.</param>
    /// <param name="marks">None: the next root says the state of every file anew.</param>
    public void Begin(RootRecord root, IReadOnlyList<PartMark> marks)
    {
        generation = root.Generation;
        for (int part = 0; part < medium.Count; part++)
        {
            PartMark mark = part < marks.Count ? marks[part] : PartMark.None;
            IEnumerable<PartMark> known = PartStamp.TryRead(medium, keys, part)?.Marks ?? [];
            said[part] = [.. known.Where(other => mark != PartMark.None && other != mark && other.Generation <= mark.Generation).Prepend(mark).Take(PartStamp.MostMarks - 1)];
            marked[part] = marks.Count == 0;
        }

        medium.Writing = OnWriting;
    }

    /// <summary>What roots say of the files by now.</summary>
    public PartMark[] Table => [.. Enumerable.Range(0, medium.Count).Select(part => said[part]?[0] ?? PartMark.None)];

    /// <summary>Every file that was written to since the last root gets a new state, which the root of this generation shall say. What is written from now on is
    /// of the next.</summary>
    /// <param name="ofGeneration">The root's.</param>
    /// <param name="chain">Slots of the chain that will hold what is returned: files in which they lie count as written to. They are written next, by this thread.</param>
    public PartMark[] Close(ulong ofGeneration, IReadOnlyList<ulong> chain)
    {
        var mark = new PartMark(ofGeneration, NewId());
        medium.Pause(() =>
        {
            generation = ofGeneration;
            closing.Clear();
            foreach (ulong slot in chain)
            {
                long offset = SlotAddress.Offset(slot);
                foreach (long place in striped?.PlacesOf(offset) ?? [offset])
                {
                    marked[medium.PartAt(place)] = true;
                }
            }

            for (int part = 0; part < medium.Count; part++)
            {
                if (marked[part])
                {
                    said[part] = [.. (said[part] ?? []).Where(older => older != PartMark.None).Prepend(mark).Take(PartStamp.MostMarks - 1)];
                    marked[part] = false;
                    closing.Add(part);
                }
            }
        });
        closer = Environment.CurrentManagedThreadId;
        return Table;
    }

    /// <summary>Writes the new states into their files: the flush before the root makes them durable.</summary>
    public void Seal()
    {
        lock (gate)
        {
            closer = 0;
            foreach (int part in closing)
            {
                if (!marked[part])
                {
                    Write(part, said[part]!); // One that is written to again says so already, and that it has this.
                }
            }
        }
    }

    /// <summary>Writes the space changes of a checkpoint; of a folder with the states its root is made of, and these into the files.</summary>
    public static ChainReference WriteChanges(PartSet? set, ulong generation, ContainerParts parts, SpaceChanges changes, out ulong[] slots)
    {
        if (set is null)
        {
            return ChainWriter.WriteChanges(parts.Chains, parts.Space, changes, close: null, out slots);
        }

        changes.Marks = set.Table;
        ChainReference chain = ChainWriter.WriteChanges(parts.Chains, parts.Space, changes, taken => set.Close(generation, taken), out slots);
        set.Seal();
        return chain;
    }

    private void OnWriting(int part, long offset, int length)
    {
        if (Volatile.Read(ref marked[part]) || IsFixed(offset, length) || (closer == Environment.CurrentManagedThreadId && closing.Contains(part)))
        {
            return;
        }

        lock (gate)
        {
            if (!marked[part])
            {
                Write(part, [.. (said[part] ?? []).Prepend(new PartMark(generation + 1, NewId()))]);
                Volatile.Write(ref marked[part], true);
            }
        }
    }

    private void Write(int part, PartMark[] marks)
    {
        Span<byte> stamp = stackalloc byte[IPartedMedium.StampBytes];
        new PartStamp([.. marks.Where(mark => mark != PartMark.None)]).Seal(keys, part, stamp);
        medium.WriteStamp(part, stamp);
    }

    /// <summary>Roots, header and key slots say their own generations, and are no part of what a root says.</summary>
    private static bool IsFixed(long offset, int length)
    {
        const long FixedBytes = Geometry.FixedSlots * Geometry.SlotSize;
        return offset + length <= FixedBytes || (offset >= FixedPlaces.Ordinary.HeaderOffset(1) && offset + length <= Geometry.GroupSize);
    }

    private static string? Fault(PartStamp stamp, ulong root, PartMark wanted)
    {
        PartMark own = stamp.Own;
        return stamp.Has(wanted) ? null
            : own.Generation < wanted.Generation ? Text($"is of generation {own.Generation}, and the newest root, of generation {root}, needs it as of generation {wanted.Generation}: it is older than the others")
            : Text($"was written as generation {own.Generation} in another place than the newest root, of generation {root}, which knows it as of generation {wanted.Generation}");
    }

    /// <summary>The copies of a root are written one after the other, and lie in different files of a folder of small ones.</summary>
    private static void CheckCopies(RootStore roots)
    {
        for (ulong parity = 0; parity < 2; parity++)
        {
            if (roots.ReadCopy(0, parity) is { } first && roots.ReadCopy(1, parity) is { } second && first.Generation == second.Generation && first.Owner != second.Owner)
            {
                throw Mixed($"one copy of the root of generation {first.Generation} was written in another place than the other, of generation {second.Generation}");
            }
        }

        ulong[] newest = [.. Enumerable.Range(0, Geometry.Copies).Select(copy => Math.Max(roots.ReadCopy(copy, 0)?.Generation ?? 0, roots.ReadCopy(copy, 1)?.Generation ?? 0))];
        if (newest.Min() > 0 && newest.Max() - newest.Min() >= MostAhead)
        {
            throw Mixed($"one copy of the root is of generation {newest.Max()}, the other of generation {newest.Min()}");
        }
    }

    private static ContainerFormatException Mixed(string what) =>
        new(FormatFault.Mixed, $"The folder's files are not of one moment: {what}.");

    private static string Text(FormattableString text) => text.ToString(CultureInfo.InvariantCulture);

    private static ulong NewId() => BitConverter.ToUInt64(RandomNumberGenerator.GetBytes(sizeof(ulong)));
}
