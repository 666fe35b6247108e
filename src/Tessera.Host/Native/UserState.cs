namespace Tessera.Host.Native;

/// <summary>Where programs keep what lasts for this user (XDG Base Directory Specification).</summary>
internal static class UserState
{
    public const string Missing = "There is no home directory, and no XDG_STATE_HOME.";

    /// <summary>XDG_STATE_HOME; null when it is not set, or relative, which the specification says to ignore.</summary>
    public static string? Given => Environment.GetEnvironmentVariable("XDG_STATE_HOME") is { } state && Path.IsPathFullyQualified(state) ? state : null;

    /// <summary>That, otherwise ~/.local/state; null where nothing says where home is. It may not be there.</summary>
    public static string? Directory => Given
        ?? (Environment.GetFolderPath(Environment.SpecialFolder.UserProfile, Environment.SpecialFolderOption.DoNotVerify) is var home && Path.IsPathFullyQualified(home)
            ? Path.Combine(home, ".local", "state")
            : null);

    /// <summary>A directory of Tessera's own for what lasts, made for its owner alone; root's is the machine's. What hinders that is told by who writes there.</summary>
    /// <param name="name">What it is for.</param>
    /// <returns>Null: a user without a home has nowhere to keep anything.</returns>
    public static string? Prepare(string name)
    {
        if ((Given ?? (Libc.GetEffectiveUserId() == 0 ? "/var/lib" : Directory)) is not { } state)
        {
            return null;
        }

        string directory = Path.Combine(state, "tessera", name);
        try
        {
            System.IO.Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            // The first file to be written there says that it cannot be.
        }

        return directory;
    }

    /// <exception cref="DirectoryNotFoundException">Nothing says where home is.</exception>
    public static string Require() => Directory ?? throw new DirectoryNotFoundException(Missing);
}
