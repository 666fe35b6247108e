using System.CommandLine;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera init: makes a volume, and shows its recovery code once.</summary>
internal static class InitVerb
{
    private const string TimesSentence = "Its modification time will not tell when it was written to. A backup that goes by it passes over changes: have it compare (rsync --checksum), or mount with '-o show_times'.";

    public static Command Create()
    {
        Argument<string> volume = new("VOLUME") { Description = "The path of the new volume, where nothing may be yet; or a block device that holds nothing but zeros (see --overwrite)." };
        var command = new Command("init", "Make a volume. Its recovery code goes to standard output, once.") { volume };
        NewVolumeOptions wanted = NewVolumeOptions.AddTo(command);
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            PassphraseSource source = passphrase.Source(parsed);
            string path = parsed.GetRequiredValue(volume);
            NewVolume asked = wanted.Read(parsed, source);
            using VolumeKeys keys = await VolumeCreator.CreateAsync(path, asked, source);
            Console.Error.WriteLine($"Made the volume {path}.");
            if (asked.Profile == ContainerProfile.Scattered && !FileMedium.IsDeviceAt(path))
            {
                Console.Error.WriteLine(TimesSentence);
            }

            if (keys.Recovery is { } code)
            {
                RecoveryCodePrinter.Print(code);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }
}
