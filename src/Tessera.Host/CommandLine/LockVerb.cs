using System.CommandLine;
using Tessera.Container.Format;
using Tessera.Host.Locking;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera lock: gives a directory or a file a passphrase of its own, or closes one that was unlocked.</summary>
internal static class LockVerb
{
    public static Command Create()
    {
        Argument<string> path = new("PATH") { Description = "A directory or a file: in a mounted volume, so that not even who has that open can read what is in it." };
        Option<string?> size = new("--size")
        {
            Description = "Of a new lock: the largest that all in it may become, as 1G: 8M or more. Without it as large as what it lies in allows.",
            HelpName = "SIZE",
        };
        Option<bool> noRecovery = new("--no-recovery")
        {
            Description = "Of a new lock: make no recovery code, and do not let that of the volume it lies in open it. Whoever forgets the passphrase has lost what is in it.",
        };
        Option<string?> keyMemory = KeyCostOption.Create();
        var command = new Command(
            "lock", "Give a directory or a file a passphrase of its own, or close one that was unlocked: what programs have open of it fails from then on. The recovery code of a new lock goes to standard output, once; that of the volume it lies in opens it, too.") { path, size, noRecovery, keyMemory };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            PassphraseSource source = passphrase.Source(parsed);
            long limit = parsed.GetValue(size) is { } text ? ByteSize.Parse(text) : 0;
            if (limit is not 0 and < Geometry.MinVolume)
            {
                throw new CommandException(ExitCode.Usage, $"A lock has at least {Geometry.MinVolume >> 20}M.");
            }

            var wanted = new NewVolume
            {
                IsSmall = true,
                SizeLimit = limit,
                HasNoRecovery = parsed.GetValue(noRecovery),
                KeyMode = KeyModeOption.Parse(mode: null, source, "--key-file"),
                KeyCost = KeyCostOption.Parse(parsed.GetValue(keyMemory)),
            };
            return (int)await LockRun.RunAsync(parsed.GetRequiredValue(path), wanted, source);
        });
        return command;
    }
}
