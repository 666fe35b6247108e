using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Checking;

/// <summary>Finds the paths of inodes with findings, after the passes: who is where is in the index, what it is called in the store.</summary>
internal sealed class PathResolver(IVolumeStore store, InodeIndex inodes)
{
    /// <summary>Levels climbed: longer paths are no use to anybody, and a circle has no end.</summary>
    private const int MaxLevels = 256;

    /// <summary>Directories whose path is remembered.</summary>
    private const int MaxKnown = 10_000;
    private const int PageBytes = 64 << 10;
    private const string Unknown = "?";
    private readonly Dictionary<int, string> known = [];
    private readonly ScanPage page = new(PageBytes);

    /// <summary>The path of what a finding is about; null when nothing has one.</summary>
    public async ValueTask<string?> FindAsync(FindingLog.Found finding)
    {
        try
        {
            if (finding.Place is { } place)
            {
                string directory = await OfAsync(inodes.Find(place.Directory), MaxLevels);
                return Join(directory, place.Name);
            }

            int index = finding.Ino == 0 ? -1 : inodes.Find(finding.Ino);
            return index < 0 ? null : await OfAsync(index, MaxLevels);
        }
        catch (StoreDamageException)
        {
            // The damage that makes the path interesting may reach further; the finding goes out without it.
            return null;
        }
    }

    private async ValueTask<string> OfAsync(int index, int levels)
    {
        if (index < 0 || levels == 0)
        {
            return Unknown;
        }

        if (inodes[index].Ino == FsLimits.RootInode)
        {
            return "/";
        }

        if (known.TryGetValue(index, out string? path))
        {
            return path;
        }

        int above = inodes[index].NamedIn - 1;
        if (above < 0)
        {
            return Unknown;
        }

        string name = await NameInAsync(inodes[above].Ino, inodes[index].Ino);
        path = Join(await OfAsync(above, levels - 1), name);
        if (inodes[index].IsDirectory && known.Count < MaxKnown)
        {
            known.TryAdd(index, path);
        }

        return path;
    }

    private static string Join(string directory, string name) => directory == "/" ? "/" + name : directory + "/" + name;

    private async ValueTask<string> NameInAsync(ulong directory, ulong child)
    {
        byte[] from = new byte[StoreLimits.MaxKey + 1];
        byte[] to = new byte[VolumeKeys.InoLength];
        int length = VolumeKeys.Entries(from, directory);
        int toLength = VolumeKeys.After(to, from.AsSpan(0, length));
        int looked = 0;
        do
        {
            await store.ScanAsync(from.AsMemory(0, length), to.AsMemory(0, toLength), page);
            if (NameOnPage(child) is { } name)
            {
                return name;
            }

            looked += page.Count;
            page.LastKey.CopyTo(from);
            length = page.LastKey.Length;
            from[length++] = 0;
        }
        while (!page.Complete && looked < VolumeLimits.PathSearch);
        return Unknown;
    }

    private string? NameOnPage(ulong child)
    {
        foreach (ScanPage.Entry entry in page)
        {
            bool isEntry = entry.Value.Length == EntryRecord.Size && entry.Key.Length > VolumeKeys.EntryPrefixLength;
            if (isEntry && System.Buffers.Binary.BinaryPrimitives.ReadUInt64LittleEndian(entry.Value) == child)
            {
                return ShownName.Of(VolumeKeys.NameOf(entry.Key));
            }
        }

        return null;
    }
}
