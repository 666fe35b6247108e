using System.Diagnostics;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Mounting;

/// <summary>"mount -o remount,…": the flags are the kernel's own, so mount(8) does it, without calling a helper again (-i).</summary>
internal static class Remounting
{
    public static ExitCode Run(string target, MountOptions options)
    {
        MountEntry entry = MountTable.Read().At(MountPath.Canonical(target)) is { IsTessera: true } found
            ? found
            : throw new CommandException(ExitCode.NotMounted, $"No volume of Tessera is mounted at {target}.");
        var start = new ProcessStartInfo(FindMount()) { UseShellExecute = false };
        foreach (string argument in new[] { "-i", "-o", $"remount,{string.Join(',', options.KernelFlags)}", entry.MountPoint })
        {
            start.ArgumentList.Add(argument);
        }

        using Process mount = Process.Start(start)!;
        mount.WaitForExit();
        return mount.ExitCode == 0
            ? ExitCode.Ok
            : throw new CommandException(ExitCode.Fault, $"{target} could not be remounted: 'mount -i' ended with exit code {mount.ExitCode}.");
    }

    /// <summary>mount(8) runs its helpers without a PATH.</summary>
    private static string FindMount() =>
        Array.Find(["/usr/bin/mount", "/bin/mount", "/usr/sbin/mount", "/sbin/mount"], File.Exists) ?? "mount";
}
