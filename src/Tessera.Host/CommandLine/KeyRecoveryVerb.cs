using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key recovery: a new recovery code in the place of the old one.</summary>
internal static class KeyRecoveryVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        var command = new Command("recovery", "Make a new recovery code; the old one opens the volume no more.") { volume };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        command.SetAction(parsed =>
        {
            RecoveryCode? code = null;
            try
            {
                KeyChange.Apply(
                    parsed.GetRequiredValue(volume),
                    current.Source(parsed),
                    unlocked => Replace(unlocked, out code));
                RecoveryCodePrinter.Print(code!); // Only once it is durable: a code that opens nothing is worse than none.
            }
            finally
            {
                code?.Dispose();
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Replace(UnlockedVolume unlocked, out RecoveryCode code)
    {
        KeyHeader header = unlocked.Keys!.Header.ReplaceRecovery(unlocked.Key, current: null, out code);
        unlocked.Hidden?.Put(header.List().First(slot => slot.Kind == KeySlotKind.RecoveryCode).Slot, code, unlocked.Key);
        return header;
    }
}
