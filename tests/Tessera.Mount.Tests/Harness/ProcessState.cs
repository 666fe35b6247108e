using System.Globalization;

namespace Tessera.Mount.Tests.Harness;

/// <summary>What a process holds at a moment.</summary>
/// <param name="Descriptors">Open ones.</param>
/// <param name="Threads">Of the process.</param>
/// <param name="ResidentKiB">Memory, VmRSS of proc_pid_status(5).</param>
/// <param name="Mounts">Of its mount namespace, by their number.</param>
internal sealed record ProcessState(int Descriptors, int Threads, long ResidentKiB, int Mounts)
{
    public static ProcessState Of(int process)
    {
        string[] status = File.ReadAllLines($"/proc/{process}/status");
        return new ProcessState(
            Directory.GetFiles($"/proc/{process}/fd").Length, (int)Number("Threads:"), Number("VmRSS:"), File.ReadLines($"/proc/{process}/mountinfo").Count());

        long Number(string field) => long.Parse(status.First(line => line.StartsWith(field, StringComparison.Ordinal)).Split((char[]?)null, StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
