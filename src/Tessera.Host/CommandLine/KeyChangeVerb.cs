using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key change: another passphrase, key file or security key in the place of one.</summary>
internal static class KeyChangeVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Argument<int?> slot = new("SLOT")
        {
            Description = "The slot to change; without it the one that you open, or with a recovery code the only one besides.",
            Arity = ArgumentArity.ZeroOrOne,
        };
        Option<string?> cost = KeyCostOption.Create();
        Option<string> mode = KeyModeOption.Create();
        var command = new Command("change", "Change a passphrase, key file or security key, or the mode of a slot. A recovery code is accepted in the place of the old one.") { volume, slot, cost, mode };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        PassphraseOptions added = PassphraseOptions.AddNewTo(command);
        TpmOptions tpm = TpmOptions.AddTo(command);
        Fido2Options fido2 = Fido2Options.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = new KeySlotOptions { Argon2 = KeyCostOption.Parse(parsed.GetValue(cost)) };
            PassphraseSource source = added.Source(parsed);
            SlotMode wanted = KeyModeOption.Parse(parsed.GetValue(mode), source, "--new-key-file");
            source = source with { Sealing = tpm.Read(parsed, wanted.Kind), Fido2 = fido2.Read(parsed, wanted, source.Fido2) };
            KeyChange.Apply(
                parsed.GetRequiredValue(volume),
                current.Source(parsed),
                rollback.Read(parsed),
                unlocked =>
                {
                    unlocked.RequireKind(wanted.Kind);
                    return Change(unlocked, parsed.GetValue(slot) ?? SlotMeant(unlocked), slotNumber => CredentialReader.ReadNew(wanted, source, $"New passphrase for slot {slotNumber}"), options);
                });
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Change(UnlockedVolume unlocked, int slot, Func<int, CredentialReader> read, KeySlotOptions options)
    {
        Argon2Parameters cost = unlocked.CostOf(options.Argon2);
        using CredentialReader changed = read(slot);
        KeyHeader header = unlocked.Keys!.Header.Change(unlocked.Key, slot, changed.Credential, options with { Argon2 = cost });
        unlocked.Hide(slot, changed.Credential, cost);
        Console.Out.WriteLine(changed.Credential.Kind == KeySlotKind.Passphrase ? $"The passphrase in slot {slot} is changed." : $"Slot {slot} is changed.");
        return header;
    }

    private static int SlotMeant(UnlockedVolume unlocked)
    {
        KeySlotInfo[] slots = [.. unlocked.Keys!.Header.List().Where(slot => slot.Kind is KeySlotKind.Passphrase or KeySlotKind.Device or KeySlotKind.Hybrid or KeySlotKind.Fido2)];
        return Array.Exists(slots, slot => slot.Slot == unlocked.OpenedBy) ? unlocked.OpenedBy
            : slots.Length == 1 ? slots[0].Slot
            : throw new CommandException(ExitCode.Usage, "There are several slots; which one shall change?", "Name it, from 'tessera key list'.");
    }
}
