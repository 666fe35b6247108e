using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Fuse;
using Tessera.Host.Copying;
using Tessera.Volumes;

namespace Tessera.Host.CommandLine;

/// <summary>From the faults of every layer to a sentence, advice and an exit code: the one table that says which is which.</summary>
internal static class Refusal
{
    /// <summary>What .NET gives an IOException for ENOSPC (errno(3)).</summary>
    private const int NoSpaceLeft = 28;
    private const string CopyAgainAdvice = "What was copied so far is whole. Run the same command again when this is mended: it goes on.";
    private const string RollbackAdvice = "Nothing was changed. If you put it there yourself, open it with --accept-rollback (-o accept_rollback); otherwise find out who did.";
    private const string MixedAdvice =
        "Nothing was changed. Wait until every file has arrived; if it was used in two places, bring all its files from one of them. Only as a last resort, on a copy: 'tessera fsck --repair'.";
    private const string RestoreAdvice = "'tessera fsck' says what is damaged; restore it from a backup.";

    public static CommandException From(Exception fault) => fault switch
    {
        CommandException known => known,
        MediumException medium => new CommandException(CodeOf(medium.Fault), medium.Message, AdviceFor(medium.Fault), medium),
        ContainerFormatException format => new CommandException(CodeOf(format.Fault), format.Message, AdviceFor(format.Fault), format),
        KeyHeaderException keys => new CommandException(CodeOf(keys.Fault), keys.Message, advice: null, keys),
        StoreDamageException damage => new CommandException(ExitCode.Damaged, damage.Message, RestoreAdvice, damage),
        VolumeFormatException volume => new CommandException(ExitCode.NewerFormat, volume.Message, advice: null, volume),
        FuseMountException mount => FromMount(mount),
        NativeLibraryMissingException or Argon2MemoryException => new CommandException(ExitCode.Fault, fault.Message, advice: null, fault),
        BackupException backup => FromBackup(backup),
        CopyException copy => new CommandException(CodeOf(copy.Error), copy.Message + ".", CopyAgainAdvice, copy),
        IOException { HResult: NoSpaceLeft } => new CommandException(ExitCode.NoSpace, fault.Message, advice: null, fault),
        IOException or UnauthorizedAccessException => new CommandException(ExitCode.Fault, fault.Message, advice: null, fault),
        _ => new CommandException(ExitCode.Fault, $"An unexpected fault ({fault.GetType().Name}): {fault.Message}", advice: null, fault),
    };

    private static ExitCode CodeOf(FsError error) => error switch
    {
        FsError.NoSpace or FsError.QuotaExceeded => ExitCode.NoSpace,
        FsError.ReadOnly => ExitCode.ReadOnlyMedium,
        _ => ExitCode.Fault,
    };

    private static CommandException FromBackup(BackupException backup) => backup.Fault switch
    {
        BackupFault.OutOfRoom => new CommandException(ExitCode.NoSpace, backup.Message, "Try again when less is written, or make room in the volume.", backup),
        BackupFault.InUse => new CommandException(ExitCode.Busy, backup.Message, advice: null, backup),
        BackupFault.NewerFormat => new CommandException(ExitCode.NewerFormat, backup.Message, advice: null, backup),
        BackupFault.OtherVolume or BackupFault.Diverged => new CommandException(ExitCode.Usage, backup.Message, advice: null, backup),
        BackupFault.Missing => new CommandException(ExitCode.NotAVolume, backup.Message, "'tessera restore DIRECTORY --list' lists what is there.", backup),
        _ => new CommandException(ExitCode.Damaged, backup.Message, "Earlier backups may be whole: 'tessera restore DIRECTORY --list' lists them.", backup),
    };

    private static CommandException FromMount(FuseMountException mount) => mount.Error switch
    {
        Errno.EBUSY => new CommandException(ExitCode.Busy, mount.Message, "Choose another directory.", mount),
        Errno.ENOTDIR or Errno.ELOOP or Errno.ENAMETOOLONG => new CommandException(ExitCode.MountPointUnusable, mount.Message, advice: null, mount),
        _ => new CommandException(ExitCode.NoFuse, mount.Message, "'tessera doctor' says what is missing, and the command that mends it.", mount),
    };

    private static ExitCode CodeOf(MediumFault fault) => fault switch
    {
        MediumFault.NoSpace => ExitCode.NoSpace,
        MediumFault.Truncated => ExitCode.Damaged,
        MediumFault.ReadOnly => ExitCode.ReadOnlyMedium,
        MediumFault.InUse => ExitCode.Busy,
        MediumFault.NotFound or MediumFault.Unsuitable => ExitCode.NotAVolume,
        _ => ExitCode.Fault,
    };

    private static string? AdviceFor(MediumFault fault) => fault switch
    {
        MediumFault.ReadOnly => "Mount it with --read-only.",
        MediumFault.InUse => "Unmount it first: 'tessera umount' takes the volume's path too.",
        MediumFault.NotFound => "Make a volume with 'tessera init', or with 'tessera mount --create'.",
        _ => null,
    };

    private static ExitCode CodeOf(FormatFault fault) => fault switch
    {
        FormatFault.NotAVolume => ExitCode.NotAVolume,
        FormatFault.NewerFormat => ExitCode.NewerFormat,
        FormatFault.WrongKey => ExitCode.WrongPassphrase,
        FormatFault.InUse => ExitCode.Busy,
        FormatFault.RolledBack => ExitCode.RolledBack,
        FormatFault.NotRepaired or FormatFault.Mixed => ExitCode.Damaged,
        _ => ExitCode.Damaged,
    };

    private static string? AdviceFor(FormatFault fault) => fault switch
    {
        FormatFault.RolledBack => RollbackAdvice,
        FormatFault.Mixed => MixedAdvice,
        _ => null,
    };

    private static ExitCode CodeOf(KeyHeaderFault fault) => fault switch
    {
        KeyHeaderFault.UnknownVersion => ExitCode.NewerFormat,
        KeyHeaderFault.WrongRecoveryCode => ExitCode.WrongPassphrase,
        KeyHeaderFault.NoFreeSlot or KeyHeaderFault.NoSuchSlot or KeyHeaderFault.NotAPassphraseSlot
            or KeyHeaderFault.LastPassphrase or KeyHeaderFault.BadBackup => ExitCode.Usage,
        _ => ExitCode.Damaged,
    };
}
