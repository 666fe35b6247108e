using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>Where the control sockets are: a directory for each user, a socket for each mount, named by the mount's device number.</summary>
/// <remarks>The number comes from the mount table, so a client finds the daemon without touching the mount, however stuck that may be.</remarks>
internal static class ControlPath
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute;

    public static string SocketIn(string directory, MountEntry entry) => Path.Combine(directory, entry.Device + ".sock");

    /// <summary>Where a workspace's changes are told; its mount's device number as "major:minor". Not the control socket: who unmounts would wait for its process to end.</summary>
    public static string EventsIn(string directory, string device) => Path.Combine(directory, device + ".events");

    /// <summary>The caller's own directory, made with mode 0700 if need be.</summary>
    /// <exception cref="IOException">It belongs to somebody else.</exception>
    public static string CreateOwnDirectory()
    {
        string directory = DirectoriesOf(Libc.GetEffectiveUserId()).First();
        Directory.CreateDirectory(directory, OwnerOnly);
        File.SetUnixFileMode(directory, OwnerOnly); // Fails unless we own it: in /tmp somebody else could have been first.
        return directory;
    }

    /// <summary>Where the daemon of a user's mount may listen, the likeliest first.</summary>
    public static IEnumerable<string> DirectoriesOf(uint user)
    {
        if (user == 0)
        {
            yield return "/run/tessera";
            yield break;
        }

        string? own = Environment.GetEnvironmentVariable("XDG_RUNTIME_DIR");
        if (user == Libc.GetEffectiveUserId() && !string.IsNullOrEmpty(own))
        {
            yield return Path.Combine(own, "tessera");
        }

        string login = $"/run/user/{user}";
        if (Directory.Exists(login))
        {
            yield return Path.Combine(login, "tessera");
        }

        yield return $"/tmp/tessera-{user}";
    }
}
