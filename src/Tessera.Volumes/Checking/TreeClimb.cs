using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Checking;

/// <summary>Climbs from every directory, by its name's directory, once: a way that does not end is a circle. No memory besides the index.</summary>
/// <remarks>A way may end below the root, at a directory without a name: that one is told as lost, and what is below it with it.</remarks>
/// <param name="inodes">What is known of every directory's name.</param>
/// <param name="circle">Told of each circle: the index of its oldest directory, and how many directories it has.</param>
internal sealed class TreeClimb(InodeIndex inodes, Action<int, int> circle)
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
                TellCircle(at);
            }
        }

        for (at = start; at >= 0 && inodes[at].Climb == ClimbState.Climbing; at = Above(at))
        {
            inodes[at].Climb = state;
        }
    }

    /// <summary>Index of the directory that names this one; −1 at the root and where nothing does.</summary>
    private int Above(int index) => inodes[index].Ino == FsLimits.RootInode ? -1 : inodes[index].NamedIn - 1;

    private void TellCircle(int met)
    {
        int length = 0;
        int oldest = met;
        int at = met;
        do
        {
            length++;
            oldest = Math.Min(oldest, at);
            at = Above(at);
        }
        while (at != met);
        circle(oldest, length);
    }
}
