using System.Runtime.InteropServices;
using Tessera.Host.Native;

namespace Tessera.Host.Diagnosis;

/// <summary>The kernel's FUSE, the device, the right to mount, and the features that make it faster.</summary>
internal static class FuseChecks
{
    private const string Device = "/dev/fuse";
    private const string UringParameter = "/sys/module/fuse/parameters/enable_uring";

    /// <summary>FUSE passthrough came with Linux 6.9.</summary>
    private static readonly Version PassthroughKernel = new(6, 9);

    public static IEnumerable<Finding> Run()
    {
        bool root = Libc.GetEffectiveUserId() == 0;
        yield return FuseDevice();
        yield return root ? MountRight() : Helper();
        yield return AllowOther(root);
        yield return KernelVersion.Current >= PassthroughKernel
            ? new Finding("passthrough", FindingLevel.Ok, "in the kernel")
            : new Finding("passthrough", FindingLevel.Note, "The kernel is older than 6.9: no passthrough of reads and writes.");
        yield return Uring();
    }

    private static Finding FuseDevice()
    {
        int descriptor = Libc.Open(Device, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor >= 0)
        {
            _ = Libc.Close(descriptor);
            return new Finding(Device, FindingLevel.Ok, "can be opened");
        }

        return Marshal.GetLastPInvokeError() switch
        {
            Libc.ENOENT => new Finding(
                Device, FindingLevel.Missing, "There is no FUSE device. In a container it has to be passed in: --device /dev/fuse --cap-add SYS_ADMIN.", "sudo modprobe fuse"),
            Libc.EACCES => new Finding(
                Device, FindingLevel.Missing, "You may not open the FUSE device.", "sudo chmod 0666 /dev/fuse"),
            int errno => new Finding(
                Device, FindingLevel.Missing, $"The FUSE device cannot be opened: {Libc.Describe(errno)}.", "sudo modprobe fuse"),
        };
    }

    private static Finding MountRight()
    {
        const int CapSysAdmin = 21; // linux/capability.h
        const string Key = "CapEff:";
        string line = File.ReadLines("/proc/self/status").First(l => l.StartsWith(Key, StringComparison.Ordinal));
        ulong capabilities = Convert.ToUInt64(line[Key.Length..].Trim(), 16);
        return (capabilities & (1UL << CapSysAdmin)) != 0
            ? new Finding("right to mount", FindingLevel.Ok, "root with CAP_SYS_ADMIN")
            : new Finding("right to mount", FindingLevel.Missing, "Root without CAP_SYS_ADMIN cannot mount: start the container with --cap-add SYS_ADMIN.");
    }

    private static Finding Helper()
    {
        string? helper = (Environment.GetEnvironmentVariable("PATH") ?? "/usr/bin:/bin")
            .Split(':').Select(directory => Path.Combine(directory, "fusermount3")).FirstOrDefault(File.Exists);
        return helper is null
            ? new Finding("fusermount3", FindingLevel.Missing, "Ordinary users mount through it, and it is not installed.", "sudo apt-get install fuse3")
            : (File.GetUnixFileMode(helper) & UnixFileMode.SetUser) != UnixFileMode.None
                ? new Finding("fusermount3", FindingLevel.Ok, helper)
                : new Finding("fusermount3", FindingLevel.Missing, $"{helper} is not set-user-ID root.", $"sudo chmod u+s {helper}");
    }

    private static Finding AllowOther(bool root)
    {
        const string Configuration = "/etc/fuse.conf";
        bool allowed = root || (File.Exists(Configuration) && File.ReadLines(Configuration).Any(line => line.Trim() is "user_allow_other"));
        return allowed
            ? new Finding("allow_other", FindingLevel.Ok, "may be used")
            : new Finding("allow_other", FindingLevel.Note, "Only root may use '-o allow_other'.", $"echo user_allow_other | sudo tee -a {Configuration}");
    }

    private static Finding Uring()
    {
        string? value = File.Exists(UringParameter) ? File.ReadAllText(UringParameter).Trim() : null;
        return value switch
        {
            null => new Finding("FUSE over io_uring", FindingLevel.Note, "not in this kernel (6.14 has it)"),
            "Y" or "1" => new Finding("FUSE over io_uring", FindingLevel.Ok, "enabled"),
            _ => new Finding("FUSE over io_uring", FindingLevel.Note, "in the kernel, but switched off; not used unless asked for", $"echo Y | sudo tee {UringParameter}"),
        };
    }
}
