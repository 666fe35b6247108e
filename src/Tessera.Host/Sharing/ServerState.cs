using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>Where a server keeps what it makes for itself: $XDG_STATE_HOME/tessera/server, else /var/lib/tessera/server for root and ~/.local/state/tessera/server for
/// others (XDG Base Directory Specification).</summary>
internal static class ServerState
{
    /// <summary>The directory, made if need be, for its owner alone.</summary>
    public static string Directory()
    {
        string directory = Path.Combine(StateHome(), "tessera", "server");
        System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return directory;
    }

    private static string StateHome()
    {
        string? state = Environment.GetEnvironmentVariable("XDG_STATE_HOME");
        return !string.IsNullOrEmpty(state) ? state
            : Libc.GetEffectiveUserId() == 0 ? "/var/lib"
            : Path.Combine(Environment.GetFolderPath(Environment.SpecialFolder.UserProfile), ".local", "state");
    }
}
