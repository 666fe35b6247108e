using System.Collections;
using System.Globalization;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Damage;

/// <summary>From damaged blocks to the bytes of files that cannot be read, by name. Works on a store that goes on changing: what it tells may be outdated by
/// the time it is read.</summary>
/// <remarks>Memory: the ranges, and one entry for each file hurt. Names take one walk over all directory entries, and only when there is a file to name.</remarks>
public sealed class DamageLocator(IVolumeStore store, Action? tick = null)
{
    private const int PageBytes = 256 << 10;
    private const int MaxLevels = 256;
    private readonly ScanPage page = new(PageBytes);
    private readonly DamagedUnits units = new(store);

    /// <summary>The file whose extent has this key, as findings of the store tell it; null when it is no extent's.</summary>
    /// <param name="key">The key, in hexadecimal.</param>
    public static ulong? FileOf(string? key)
    {
        byte[] bytes = key is null ? [] : Convert.FromHexString(key);
        return bytes.Length == ContentKeys.ExtentLength && bytes[0] == (byte)KeyTag.Extent ? VolumeKeys.InoOf(bytes) : null;
    }

    /// <summary>The ranges of these files that lie in units that cannot be read, in order.</summary>
    /// <param name="damaged">Files, and the addresses of damaged blocks.</param>
    /// <param name="maxRanges">Ranges told at most.</param>
    public async ValueTask<IReadOnlyList<LostRange>> LocateAsync(IReadOnlyCollection<(ulong Ino, ulong Address)> damaged, int maxRanges)
    {
        HashSet<ulong> addresses = [.. damaged.Select(block => block.Address)];
        List<LostRange> ranges = [];
        foreach (ulong ino in damaged.Select(block => block.Ino).Distinct().Order())
        {
            await AddRangesAsync(ino, addresses, ranges, maxRanges);
        }

        Dictionary<ulong, string> paths = await PathsAsync(ranges.Select(range => range.Ino).ToHashSet());
        return [.. ranges.Select(range => range with { Path = paths.GetValueOrDefault(range.Ino) })];
    }

    /// <summary>A path of each of these inodes, as far as one is found.</summary>
    public async ValueTask<Dictionary<ulong, string>> PathsAsync(IReadOnlySet<ulong> inos)
    {
        Dictionary<ulong, string> paths = [];
        if (inos.Count == 0)
        {
            return paths;
        }

        Dictionary<ulong, (ulong Parent, string Name)> names = await NamesAsync(inos);
        Dictionary<ulong, string> directories = new() { [FsLimits.RootInode] = string.Empty };
        foreach ((ulong ino, (ulong parent, string name)) in names)
        {
            paths[ino] = $"{await DirectoryAsync(parent, directories, MaxLevels)}/{name}";
        }

        return paths;
    }

    private async ValueTask AddRangesAsync(ulong ino, HashSet<ulong> addresses, List<LostRange> ranges, int maxRanges)
    {
        byte[] prefix = new byte[VolumeKeys.InoLength];
        prefix[0] = (byte)KeyTag.Extent;
        System.Buffers.Binary.BinaryPrimitives.WriteUInt64BigEndian(prefix.AsSpan(1), ino);
        List<Extent> hurt = [];
        await WalkAsync(prefix, (key, value) =>
        {
            if (VolumeBlocks.TryReadBlock(key, value, out BlockReference block) && addresses.Contains(block.Address))
            {
                hurt.Add(Extent.Decode(key, value));
            }

            return true;
        });
        foreach (Extent extent in hurt)
        {
            foreach ((long start, long end) in LostOf(extent, await units.OfAsync(extent.Block)))
            {
                Append(ranges, new LostRange(ino, Path: null, start, end), maxRanges);
            }
        }
    }

    /// <summary>The ranges of a file that lie in damaged units of an extent's block.</summary>
    internal static IEnumerable<(long Start, long End)> LostOf(Extent extent, BitArray units)
    {
        for (int unit = extent.BlockOffset / DamagedUnits.UnitSize; unit * DamagedUnits.UnitSize < extent.BlockOffset + extent.Length; unit++)
        {
            if (units[unit])
            {
                long origin = extent.Start - extent.BlockOffset + ((long)unit * DamagedUnits.UnitSize);
                yield return (Math.Max(extent.Start, origin), Math.Min(extent.End, origin + DamagedUnits.UnitSize));
            }
        }
    }

    /// <summary>Adds a range; one that follows the last makes that longer.</summary>
    internal static void Append(List<LostRange> ranges, LostRange range, int maxRanges)
    {
        if (ranges.Count > 0 && ranges[^1] is { } last && last.Ino == range.Ino && last.End == range.Start)
        {
            ranges[^1] = last with { End = range.End };
        }
        else if (ranges.Count < maxRanges)
        {
            ranges.Add(range);
        }
    }

    /// <summary>One name of each inode: one walk over all entries, which ends when all are found.</summary>
    private async ValueTask<Dictionary<ulong, (ulong Parent, string Name)>> NamesAsync(IReadOnlySet<ulong> inos)
    {
        Dictionary<ulong, (ulong, string)> names = [];
        await WalkAsync([(byte)KeyTag.Entry], (key, value) =>
        {
            bool isEntry = value.Length == EntryRecord.Size && key.Length > VolumeKeys.EntryPrefixLength;
            if (isEntry && EntryRecord.Decode(value).Ino is var child && inos.Contains(child))
            {
                names.TryAdd(child, (VolumeKeys.InoOf(key), ShownName.Of(VolumeKeys.NameOf(key))));
            }

            return names.Count < inos.Count;
        });
        return names;
    }

    /// <summary>A directory's path without a slash at its end; "?" for what has no name.</summary>
    private async ValueTask<string> DirectoryAsync(ulong ino, Dictionary<ulong, string> known, int levels)
    {
        if (known.TryGetValue(ino, out string? path))
        {
            return path;
        }

        byte[] value = new byte[InodeRecord.Size];
        byte[] key = new byte[VolumeKeys.InoLength];
        StoreEntry entry = await store.GetAsync(key.AsMemory(0, VolumeKeys.Inode(key, ino)), value);
        if (levels == 0 || !entry.Found || entry.Length != InodeRecord.Size)
        {
            return "?";
        }

        ulong parent = InodeRecord.Decode(value).Parent;
        string? name = null;
        byte[] prefix = new byte[VolumeKeys.InoLength];
        VolumeKeys.Entries(prefix, parent);
        await WalkAsync(prefix, (entryKey, record) =>
        {
            name = record.Length == EntryRecord.Size && EntryRecord.Decode(record).Ino == ino ? ShownName.Of(VolumeKeys.NameOf(entryKey)) : name;
            return name is null;
        });
        path = $"{await DirectoryAsync(parent, known, levels - 1)}/{name ?? string.Create(CultureInfo.InvariantCulture, $"#{ino}")}";
        known.TryAdd(ino, path);
        return path;
    }

    /// <summary>Walks all keys with a prefix until the visitor wants no more. What cannot be read ends the walk: names go out as far as they are known.</summary>
    private async ValueTask WalkAsync(byte[] prefix, EntryVisitor visit)
    {
        byte[] from = new byte[StoreLimits.MaxKey + 1];
        byte[] to = new byte[prefix.Length];
        prefix.CopyTo(from, 0);
        int length = prefix.Length;
        int toLength = VolumeKeys.After(to, prefix);
        try
        {
            do
            {
                await store.ScanAsync(from.AsMemory(0, length), to.AsMemory(0, toLength), page);
                foreach (ScanPage.Entry entry in page)
                {
                    if (!visit(entry.Key, entry.Value))
                    {
                        return;
                    }
                }

                tick?.Invoke();
                page.LastKey.CopyTo(from);
                length = page.LastKey.Length;
                from[length++] = 0;
            }
            while (!page.Complete);
        }
        catch (StoreDamageException)
        {
            // Told as damage of the store already; it must not hide what else there is to tell.
        }
    }

    private delegate bool EntryVisitor(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);
}
