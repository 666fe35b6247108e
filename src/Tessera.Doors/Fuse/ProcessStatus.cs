using System.Globalization;

namespace Tessera.Doors.Fuse;

/// <summary>What /proc/PID/status says of the threads whose requests the kernel passes on (proc_pid_status(5)). They wait for the answer, and so cannot end meanwhile.</summary>
internal static class ProcessStatus
{
    /// <summary>A line's value; null where it is not told: the thread is one of a foreign process-id namespace (0), or hidden from this user.</summary>
    /// <param name="thread">Its number.</param>
    /// <param name="key">"Groups:".</param>
    public static string? ValueOf(uint thread, string key)
    {
        if (thread == 0)
        {
            return null;
        }

        try
        {
            string? line = File.ReadLines(string.Create(CultureInfo.InvariantCulture, $"/proc/{thread}/status"))
                .FirstOrDefault(line => line.StartsWith(key, StringComparison.Ordinal));
            return line?[key.Length..];
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null;
        }
    }
}
