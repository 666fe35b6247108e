using System.CommandLine;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera init: makes a volume, and shows its recovery code once.</summary>
internal static class InitVerb
{
    public static Command Create()
    {
        Argument<string> volume = new("VOLUME") { Description = "The path of the new volume, where nothing may be yet; or a block device that holds nothing but zeros (see --overwrite)." };
        var command = new Command("init", "Make a volume. Its recovery code goes to standard output, once.") { volume };
        NewVolumeOptions wanted = NewVolumeOptions.AddTo(command);
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            PassphraseSource source = passphrase.Source(parsed);
            using VolumeKeys keys = await VolumeCreator.CreateAsync(parsed.GetRequiredValue(volume), wanted.Read(parsed, source), source);
            Console.Error.WriteLine($"Made the volume {parsed.GetRequiredValue(volume)}.");
            if (keys.Recovery is { } code)
            {
                RecoveryCodePrinter.Print(code);
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }
}
