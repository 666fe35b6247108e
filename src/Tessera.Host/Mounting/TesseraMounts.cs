using Tessera.Fuse;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;

namespace Tessera.Host.Mounting;

/// <summary>Finds a mount by what the user named: its directory, or its volume.</summary>
internal static class TesseraMounts
{
    /// <summary>The mount of Tessera that is seen at this directory, or the latest of this volume; null when there is none.</summary>
    public static MountEntry? Find(string target)
    {
        MountTable table = MountTable.Read();
        string path = MountPath.Canonical(target);
        return table.At(path) is { IsTessera: true } entry ? entry : table.OfVolume(path).LastOrDefault();
    }

    /// <summary>Whether a mount's daemon has ended without unmounting. One that listens is alive, however long it takes over an answer.</summary>
    public static bool IsDead(MountEntry entry) => ControlClient.DaemonOf(entry) is null && MountPoints.IsDead(entry.MountPoint);

    /// <exception cref="CommandException"><see cref="ExitCode.NotMounted"/>: something else is there, or nothing.</exception>
    public static MountEntry Require(string target) => Find(target) ?? (MountTable.Read().At(MountPath.Canonical(target)) is { } other
        ? throw new CommandException(ExitCode.NotMounted, $"What is mounted at {target} is not Tessera but {other.FileSystemType}.")
        : throw new CommandException(ExitCode.NotMounted, $"Nothing of Tessera is mounted at {target}."));
}
