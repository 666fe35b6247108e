using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Checking;

/// <summary>Climbs from every directory, by its name's directory, once: a way that does not end is a circle. No memory besides the index.</summary>
/// <remarks>A way may end below the root, at a directory without a name: that one is told as lost, and what is below it with it.</remarks>
internal sealed class TreeClimb(InodeIndex inodes, FindingLog log)
{
    public void ClimbAll()
    {
        for (int index = 0; index < inodes.Count; index++)
        {
            if (inodes[index] is { IsDirectory: true, Climb: ClimbState.Unknown })
            {
                ClimbFrom(index);
            }
        }
    }

    private void ClimbFrom(int start)
    {
        int at = start;
        while (at >= 0 && inodes[at].Climb == ClimbState.Unknown)
        {
            inodes[at].Climb = ClimbState.Climbing;
            at = Above(at);
        }

        ClimbState state = ClimbState.Ends;
        if (at >= 0 && inodes[at].Climb != ClimbState.Ends)
        {
            state = ClimbState.Circles;
            if (inodes[at].Climb == ClimbState.Climbing)
            {
                ReportCircle(at);
            }
        }

        for (at = start; at >= 0 && inodes[at].Climb == ClimbState.Climbing; at = Above(at))
        {
            inodes[at].Climb = state;
        }
    }

    /// <summary>Index of the directory that names this one; −1 at the root and where nothing does.</summary>
    private int Above(int index) => inodes[index].Ino == FsLimits.RootInode ? -1 : inodes[index].NamedIn - 1;

    /// <summary>One finding for a circle, at the first of it that was met again.</summary>
    private void ReportCircle(int met)
    {
        int length = 0;
        int at = met;
        do
        {
            length++;
            at = Above(at);
        }
        while (at != met);
        ulong ino = inodes[met].Ino;
        log.Add(FindingKinds.DirectoryCycle, ino, $"Directory {ino} lies below itself, in a circle of {length}.");
    }
}
