using Tessera.Host.Mounting;

namespace Tessera.Host.Diagnosis;

/// <summary>Mounts of Tessera that are there now, and the links through which mount(8) finds it.</summary>
internal static class MountChecks
{
    private const string HelperLink = "/sbin/mount.tessera";

    public static IEnumerable<Finding> Run()
    {
        yield return File.Exists(HelperLink)
            ? new Finding("mount -t tessera", FindingLevel.Ok, HelperLink)
            : new Finding("mount -t tessera", FindingLevel.Note, "mount(8) and fstab do not know Tessera yet.", $"sudo ln -s /path/to/tessera {HelperLink}");
        foreach (MountEntry entry in MountTable.Read().Entries.Where(entry => entry.IsTessera))
        {
            yield return TesseraMounts.IsDead(entry)
                ? new Finding("mount", FindingLevel.Note, $"{entry.MountPoint} was left behind by a daemon that ended.", $"tessera umount {entry.MountPoint}")
                : new Finding("mount", FindingLevel.Ok, $"{entry.Source} at {entry.MountPoint}");
        }
    }
}
