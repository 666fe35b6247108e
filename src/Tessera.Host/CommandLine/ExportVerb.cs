using System.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Opening;

namespace Tessera.Host.CommandLine;

/// <summary>tessera export: copies what is in a volume into a directory, and compares every byte.</summary>
internal static class ExportVerb
{
    public static Command Create()
    {
        Argument<string> from = new("VOLUME|MOUNTPOINT") { Description = "The volume; needs no mount. It is only read." };
        Argument<string> to = new("DIRECTORY") { Description = "Where to; made when it is missing." };
        var command = new Command(
            "export", "Copy everything in a volume into a directory with all attributes, and compare every byte. Interrupted, the same command goes on.") { from, to };
        CopyOptions options = CopyOptions.AddTo(command);
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) => (int)await options.RunAsync(
            parsed,
            () => CopyPlaces.OpenVolumeAsync(new VolumeOpening(parsed.GetRequiredValue(from), ReadOnly: true, rollback.Read(parsed)), passphrase.Source(parsed)),
            () => Task.FromResult<CopyPlace>(OpenDirectory(parsed.GetRequiredValue(to))),
            []));
        return command;
    }

    private static HostPlace OpenDirectory(string path)
    {
        if (File.Exists(path))
        {
            throw new CommandException(ExitCode.Usage, $"{path} is no directory.", "Nothing was changed. Choose another name.");
        }

        Directory.CreateDirectory(path);
        return HostPlace.Open(path, readOnly: false);
    }
}
