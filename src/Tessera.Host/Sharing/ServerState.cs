using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>Where a server keeps what it makes for itself: $XDG_STATE_HOME/tessera/server, else /var/lib/tessera/server for root and ~/.local/state/tessera/server for
/// others (XDG Base Directory Specification).</summary>
internal static class ServerState
{
    /// <summary>The directory, made if need be, for its owner alone.</summary>
    public static string Directory()
    {
        string state = UserState.Given ?? (Libc.GetEffectiveUserId() == 0 ? "/var/lib" : UserState.Require());
        string directory = Path.Combine(state, "tessera", "server");
        System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        return directory;
    }
}
