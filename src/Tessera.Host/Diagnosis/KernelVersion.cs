namespace Tessera.Host.Diagnosis;

/// <summary>The version of the running kernel.</summary>
internal static class KernelVersion
{
    public static Version Current => Parse(File.ReadAllText("/proc/sys/kernel/osrelease"));

    /// <summary>"6.18.44-cloud-amd64" is 6.18; what does not begin with two numbers is 0.0.</summary>
    internal static Version Parse(string release)
    {
        string[] parts = release.Trim().Split('.', '-');
        return parts.Length >= 2 && int.TryParse(parts[0], out int major) && int.TryParse(parts[1], out int minor)
            ? new Version(major, minor)
            : new Version(0, 0);
    }
}
