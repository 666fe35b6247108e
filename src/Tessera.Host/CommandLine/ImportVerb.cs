using System.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;

namespace Tessera.Host.CommandLine;

/// <summary>tessera import: copies a directory, or another volume, into a volume, and compares every byte.</summary>
internal static class ImportVerb
{
    public static Command Create()
    {
        Argument<string> from = new("SOURCE") { Description = "A directory; or another volume, to change the profile by copying." };
        Argument<string> to = new("VOLUME|MOUNTPOINT") { Description = "The volume to copy into, made with 'tessera init'; needs no mount." };
        Option<bool> oneFileSystem = new("--one-file-system", "-x") { Description = "What is mounted beneath SOURCE is left out on purpose, and is no failure." };
        var command = new Command(
            "import", "Copy a directory into a volume with all attributes, and compare every byte. Interrupted, the same command goes on.") { from, to, oneFileSystem };
        CopyOptions options = CopyOptions.AddTo(command);
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        PassphraseOptions sourcePassphrase = PassphraseOptions.AddSourceTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            string source = parsed.GetRequiredValue(from);
            string volume = parsed.GetRequiredValue(to);
            RequireOutside(volume, source);
            RollbackPolicy policy = rollback.Read(parsed);
            return (int)await options.RunAsync(
                parsed,
                () => CopyPlaces.OpenSourceAsync(new VolumeOpening(source, ReadOnly: true, policy), sourcePassphrase.Source(parsed)),
                () => CopyPlaces.OpenVolumeAsync(new VolumeOpening(volume, ReadOnly: false, policy), passphrase.Source(parsed)),
                parsed.GetValue(oneFileSystem) || !Directory.Exists(source) ? [] : Mounts(source));
        });
        return command;
    }

    /// <summary>A volume cannot hold itself.</summary>
    private static void RequireOutside(string volume, string source)
    {
        string path = MountPath.Canonical(volume);
        if (path.StartsWith(MountPath.Canonical(source).TrimEnd('/') + "/", StringComparison.Ordinal) && File.Exists(path))
        {
            throw new CommandException(ExitCode.Usage, $"The volume {volume} lies in {source}: it cannot hold itself.", "Move it elsewhere for as long as this takes.");
        }
    }

    private static IEnumerable<CopyFailure> Mounts(string source) => MountsBeneath.Of(source)
        .Take(CopyLimits.MaxMountsNamed)
        .Select(point => new CopyFailure(point, "is another file system, mounted beneath the source, and is not copied (--one-file-system says that this is meant)"));
}
