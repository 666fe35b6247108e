using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key change: another passphrase in the place of one.</summary>
internal static class KeyChangeVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Argument<int?> slot = new("SLOT")
        {
            Description = "The slot to change; without it the one that your passphrase opens, or with a recovery code the only passphrase.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> cost = KeyCostOption.Create();
        var command = new Command("change", "Change a passphrase. A recovery code is accepted in the place of the old one.") { volume, slot, cost };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        PassphraseOptions added = PassphraseOptions.AddNewTo(command);
        command.SetAction(parsed =>
        {
            var options = new KeySlotOptions { Argon2 = KeyCostOption.Parse(parsed.GetValue(cost)) };
            KeyChange.Apply(
                parsed.GetRequiredValue(volume),
                current.Source(parsed),
                unlocked => Change(unlocked, parsed.GetValue(slot), added.Source(parsed), options));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Change(UnlockedVolume unlocked, int? asked, PassphraseSource source, KeySlotOptions options)
    {
        KeyHeader header = unlocked.Keys!.Header;
        int slot = asked ?? SlotMeant(header, unlocked.OpenedBy);
        Argon2Parameters cost = unlocked.CostOf(options.Argon2);
        using SecretInput input = PassphraseReader.ReadNew(source, $"New passphrase for slot {slot}");
        using Passphrase passphrase = PassphraseReader.Parse(input);
        KeyHeader changed = header.Change(unlocked.Key, slot, passphrase, options with { Argon2 = cost });
        unlocked.Hide(slot, passphrase, cost);
        Console.Out.WriteLine($"The passphrase in slot {slot} is changed.");
        return changed;
    }

    private static int SlotMeant(KeyHeader header, int openedBy)
    {
        KeySlotInfo[] passphrases = [.. header.List().Where(slot => slot.Kind == KeySlotKind.Passphrase)];
        return Array.Exists(passphrases, slot => slot.Slot == openedBy) ? openedBy
            : passphrases.Length == 1 ? passphrases[0].Slot
            : throw new CommandException(ExitCode.Usage, "There are several passphrases; which one shall change?", "Name its slot, from 'tessera key list'.");
    }
}
