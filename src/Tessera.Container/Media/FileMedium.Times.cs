using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>The times of the file.</summary>
public sealed partial class FileMedium
{
    private HostTime? shownTime;
    private volatile bool isWritten;

    /// <remarks>That is the time when the file was made, or, where the host does not tell, its times as they are now: nothing that a cut could lose.</remarks>
    public void HideTimes()
    {
        if (isDevice || IsReadOnly)
        {
            return; // A device's are its node's, and what is only read does not change.
        }

        Statx identity = Identify(buffered, path);
        shownTime = (identity.Mask & HostFlags.StatxBirth) != 0
            ? new HostTime { Seconds = identity.BirthSeconds, Nanoseconds = identity.BirthNanoseconds }
            : new HostTime { Seconds = identity.ModifiedSeconds, Nanoseconds = identity.ModifiedNanoseconds };
    }

    private unsafe void ShowHiddenTimes()
    {
        if (isWritten && shownTime is { } time)
        {
            HostTime* both = stackalloc HostTime[] { time, time };
            _ = Libc.SetTimes(buffered, both); // Refused, where the file is another user's: then they show.
        }
    }
}
