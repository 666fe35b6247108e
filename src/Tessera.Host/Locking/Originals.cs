using Tessera.Host.CommandLine;

namespace Tessera.Host.Locking;

/// <summary>What is in a directory that is being locked, in the clear. It goes when all of it was copied and compared, unless something changed meanwhile.</summary>
/// <param name="directory">Its canonical path.</param>
internal sealed class Originals(string directory)
{
    /// <summary>Times that file systems note are those of the last tick of a coarse clock: a change may seem so much older than it is.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private static readonly EnumerationOptions s_everything = new() { AttributesToSkip = FileAttributes.None, IgnoreInaccessible = false };

    private DateTime _since;

    public bool Any => Directory.EnumerateFileSystemEntries(directory).Any();

    /// <summary>From now on nothing may change.</summary>
    public void Watch() => _since = DateTime.UtcNow - s_tick;

    /// <exception cref="CommandException">Something was changed, which is perhaps not in the copy: exit 6. Nothing was removed.</exception>
    public void RequireUnchanged()
    {
        DateTime now = DateTime.UtcNow + s_tick; // Times that somebody has set to the future tell nothing.
        foreach (FileSystemInfo entry in Everything())
        {
            if (entry.LastWriteTimeUtc >= _since && entry.LastWriteTimeUtc <= now)
            {
                throw new CommandException(
                    ExitCode.Busy,
                    $"{entry.FullName} was changed while {directory} was copied.",
                    "Nothing was removed. End what writes there, and run the same command again: it goes on.");
            }
        }
    }

    /// <summary>Removes everything. Interrupted, what is left is in the copy, too.</summary>
    public void Remove()
    {
        foreach (FileSystemInfo entry in new DirectoryInfo(directory).EnumerateFileSystemInfos("*", s_everything))
        {
            if (entry is DirectoryInfo { LinkTarget: null } child)
            {
                child.Delete(recursive: true);
            }
            else
            {
                entry.Delete();
            }
        }
    }

    /// <summary>The directory itself, and all in it; not what symbolic links name.</summary>
    private IEnumerable<FileSystemInfo> Everything()
    {
        var pending = new Stack<DirectoryInfo>([new DirectoryInfo(directory)]);
        while (pending.TryPop(out DirectoryInfo? next))
        {
            yield return next;
            foreach (FileSystemInfo entry in next.EnumerateFileSystemInfos("*", s_everything))
            {
                if (entry is DirectoryInfo { LinkTarget: null } child)
                {
                    pending.Push(child);
                }
                else
                {
                    yield return entry;
                }
            }
        }
    }
}
