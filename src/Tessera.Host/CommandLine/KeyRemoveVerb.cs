using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key remove: a passphrase, key file or security key that shall open the volume no more.</summary>
internal static class KeyRemoveVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Argument<int> slot = new("SLOT") { Description = "Its number, from 'key list'." };
        var command = new Command(
            "remove",
            "Remove a passphrase, key file or security key. Copies of the volume and exported keys made before still open with it: the volume's key stays the same.") { volume, slot };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(parsed =>
        {
            KeyChange.Apply(
                parsed.GetRequiredValue(volume),
                current.Source(parsed),
                rollback.Read(parsed),
                unlocked => Remove(unlocked, parsed.GetRequiredValue(slot)));
            Console.Out.WriteLine($"Slot {parsed.GetRequiredValue(slot)} is empty.");
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Remove(UnlockedVolume unlocked, int slot)
    {
        KeyHeader header = unlocked.Keys!.Header.Remove(unlocked.Key, slot);
        unlocked.Hidden?.Clear(slot);
        return header;
    }
}
