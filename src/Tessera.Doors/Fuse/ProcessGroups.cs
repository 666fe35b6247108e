using System.Globalization;
using Tessera.Core.FileSystem;

namespace Tessera.Doors.Fuse;

/// <summary>The supplementary groups of the processes whose requests the kernel passes on: it says the first group alone.</summary>
internal sealed class ProcessGroups : IMembership
{
    private const string Key = "Groups:";

    private ProcessGroups()
    {
    }

    public static ProcessGroups Instance { get; } = new();

    /// <remarks>The process waits for the answer and so cannot end; one of a foreign process-id namespace has the number 0.</remarks>
    public bool IsMember(in Caller caller, uint gid)
    {
        if (caller.Pid == 0)
        {
            return false;
        }

        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{caller.Pid}/status"))
                .FirstOrDefault(static line => line.StartsWith(Key, StringComparison.Ordinal));
            string wanted = gid.ToString(CultureInfo.InvariantCulture);
            return line is not null && line[Key.Length..].Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries).Contains(wanted);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return false; // Killed, or hidden from this user: what cannot be shown is not granted.
        }
    }
}
