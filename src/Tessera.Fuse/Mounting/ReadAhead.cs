using System.Globalization;

namespace Tessera.Fuse;

/// <summary>How far the kernel reads ahead on a mount (sysfs, <c>/sys/class/bdi/MAJOR:MINOR/read_ahead_kb</c>).</summary>
internal static class ReadAhead
{
    /// <summary>Sets it as soon as INIT is answered: INIT's answer can only lower it. Where it cannot be set the kernel's default stands.</summary>
    public static async Task SetAsync(FuseServer server, MountTableEntry mount, int bytes)
    {
        await server.Initialized.ConfigureAwait(false);
        var path = string.Create(CultureInfo.InvariantCulture, $"/sys/class/bdi/{mount.DeviceMajor}:{mount.DeviceMinor}/read_ahead_kb");
        try
        {
            await File.WriteAllTextAsync(path, (bytes >> 10).ToString(CultureInfo.InvariantCulture)).ConfigureAwait(false);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // A container without a writable sysfs, or the mount is gone again.
        }
    }
}
