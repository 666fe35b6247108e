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

    /// <exception cref="DirectoryNotFoundException">Nothing says where home is.</exception>
    public static string Require() => Directory ?? throw new DirectoryNotFoundException(Missing);
}
