using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Access times, by the volume's policy.</summary>
internal sealed class AccessTimes(VolumeParts parts)
{
    private const long DayNs = 86_400_000_000_000;

    /// <summary>Notes a read, as the volume's policy wants it. Stored later, with something else.</summary>
    public void Touch(Inode inode)
    {
        if (parts.IsReadOnly || parts.Options.AccessTimes == AccessTimePolicy.Never)
        {
            return;
        }

        long now = parts.Now();
        lock (inode.Sync)
        {
            ref InodeRecord record = ref inode.Record;
            bool stale = record.AccessNs <= record.ModifyNs || record.AccessNs <= record.ChangeNs || now - record.AccessNs >= DayNs;
            if (inode.IsGone || record.Flags.HasFlag(InodeFlags.NoAccessTime) || (parts.Options.AccessTimes == AccessTimePolicy.Relative && !stale))
            {
                return;
            }

            record.AccessNs = now;
            inode.AccessDirty = true;
            parts.Dirty.Add(inode);
        }
    }
}
