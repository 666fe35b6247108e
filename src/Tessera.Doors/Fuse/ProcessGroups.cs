using System.Globalization;
using Tessera.Core.FileSystem;

namespace Tessera.Doors.Fuse;

/// <summary>The supplementary groups of the processes whose requests the kernel passes on: it says the first group alone.</summary>
internal sealed class ProcessGroups : IMembership
{
    private ProcessGroups()
    {
    }

    public static ProcessGroups Instance { get; } = new();

    /// <remarks>What cannot be shown is not granted.</remarks>
    public bool IsMember(in Caller caller, uint gid) =>
        ProcessStatus.ValueOf(caller.Pid, "Groups:") is { } groups
        && groups.Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains(gid.ToString(CultureInfo.InvariantCulture));
}
