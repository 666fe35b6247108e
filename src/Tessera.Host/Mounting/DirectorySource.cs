namespace Tessera.Host.Mounting;

/// <summary>"dir:PATH" in the place of a volume: a directory of this host.</summary>
internal static class DirectorySource
{
    private const string Prefix = "dir:";

    public static bool Is(string volume) => volume.StartsWith(Prefix, StringComparison.Ordinal);

    /// <summary>The directory's absolute path.</summary>
    public static string PathOf(string volume) => Path.GetFullPath(volume[Prefix.Length..]);

    /// <summary>How such a mount is named in the kernel's table, from wherever it was asked for.</summary>
    public static string Canonical(string volume) => Prefix + MountPath.Canonical(PathOf(volume));
}
