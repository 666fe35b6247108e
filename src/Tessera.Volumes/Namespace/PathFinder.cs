using System.Text;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Namespace;

/// <summary>Names an inode for an operator: slow, bounded, takes no locks, may be outdated by the time it is read. For messages
/// only.</summary>
internal sealed class PathFinder(ContentServices services, InodeTable inodes)
{
    private const int MaxLevels = 256;
    private const string Unknown = "?";

    /// <summary>The inode's path from the root, "?" for what could not be found.</summary>
    public async ValueTask<string> FindAsync(Inode inode)
    {
        ulong parent = inode.Record.IsDirectory ? inode.Record.Parent : inode.SeenIn;
        if (parent == 0)
        {
            return Unknown;
        }

        try
        {
            string path = "/" + await NameInAsync(parent, inode.Ino);
            for (int level = 0; parent != FsLimits.RootInode && level < MaxLevels; level++)
            {
                Inode? directory = await inodes.LoadAsync(parent);
                if (directory is null)
                {
                    return Unknown + path;
                }

                ulong above = directory.Record.Parent;
                inodes.Unpin(directory);
                path = "/" + await NameInAsync(above, parent) + path;
                parent = above;
            }

            return path;
        }
        catch (StoreDamageException)
        {
            // The damage that made somebody ask may reach further; the message goes out without the path.
            return Unknown;
        }
    }

    private async ValueTask<string> NameInAsync(ulong directory, ulong child)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = VolumeKeys.Entries(scratch.Key, directory);
            int toLength = VolumeKeys.After(scratch.Key2, scratch.Key.AsSpan(0, length));
            int looked = 0;
            do
            {
                await services.Store.ScanAsync(scratch.Key.AsMemory(0, length), scratch.Key2.AsMemory(0, toLength), scratch.Page);
                foreach (ScanPage.Entry entry in scratch.Page)
                {
                    if (EntryRecord.Decode(entry.Value).Ino == child)
                    {
                        return Encoding.UTF8.GetString(VolumeKeys.NameOf(entry.Key));
                    }
                }

                looked += scratch.Page.Count;
                length = scratch.Page.LastKey.Length;
                scratch.Page.LastKey.CopyTo(scratch.Key);
                scratch.Key[length++] = 0;
            }
            while (!scratch.Page.Complete && looked < VolumeLimits.PathSearch);
            return Unknown;
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }
}
