using Tessera.Host.Native;

namespace Tessera.Host.Logging;

/// <summary>Where the logs of daemons are: /var/log/tessera for root, the user's state directory for others (XDG Base Directory Specification).</summary>
internal static class LogPath
{
    private const int MaxFileName = 200;

    /// <summary>The log of a mount point: its path with dashes for slashes. The directory is made if need be.</summary>
    public static string For(string mountPoint)
    {
        string directory = OwnDirectory();
        Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return Path.Combine(directory, FileName(mountPoint));
    }

    internal static string FileName(string mountPoint)
    {
        string name = mountPoint.Trim('/').Replace('/', '-');
        return (name.Length == 0 ? "root" : name.Length <= MaxFileName ? name : name[^MaxFileName..]) + ".log";
    }

    private static string OwnDirectory() => Libc.GetEffectiveUserId() == 0 ? "/var/log/tessera" : Path.Combine(UserState.Require(), "tessera");
}
