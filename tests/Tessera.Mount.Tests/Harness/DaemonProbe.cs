using System.Globalization;

namespace Tessera.Mount.Tests.Harness;

/// <summary>What the kernel says of a daemon's memory and processor time (proc(5)).</summary>
internal sealed class DaemonProbe(int processId)
{
    /// <summary>utime + stime of all threads, clock ticks of 10 ms.</summary>
    public long ProcessorTicks
    {
        get
        {
            // The command's name, in brackets, may hold blanks: fields are counted from behind it. utime is field 14, stime 15.
            string stat = File.ReadAllText($"/proc/{processId}/stat");
            string[] fields = stat[(stat.LastIndexOf(')') + 2)..].Split(' ');
            return long.Parse(fields[11], CultureInfo.InvariantCulture) + long.Parse(fields[12], CultureInfo.InvariantCulture);
        }
    }

    public double ResidentMiB => Status("VmRSS:") / 1024.0;

    /// <summary>The most it ever was.</summary>
    public double PeakMiB => Status("VmHWM:") / 1024.0;

    private long Status(string name)
    {
        string line = File.ReadLines($"/proc/{processId}/status").First(candidate => candidate.StartsWith(name, StringComparison.Ordinal));
        return long.Parse(line.Split(' ', StringSplitOptions.RemoveEmptyEntries)[1], CultureInfo.InvariantCulture);
    }
}
