using Tessera.Host.Mounting;

namespace Tessera.Host.Copying;

/// <summary>Finds what is mounted beneath a directory: a copy stays on one file system, and says so.</summary>
internal static class MountsBeneath
{
    /// <summary>Mount points beneath a directory, told from the mount table: nothing is asked of a file system that may hang.</summary>
    public static IEnumerable<string> Of(string directory)
    {
        string path = MountPath.Canonical(directory);
        string prefix = path == "/" ? path : path + "/";
        return MountTable.Read().Entries.Select(entry => entry.MountPoint).Where(point => point.StartsWith(prefix, StringComparison.Ordinal) && point != path).Distinct();
    }
}
