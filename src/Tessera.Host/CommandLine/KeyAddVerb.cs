using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key add: another passphrase, key file or security key for the same volume.</summary>
internal static class KeyAddVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<string?> name = new("--name") { Description = "Whose or what it is, shown by 'key list'.", HelpName = "NAME" };
        Option<string?> cost = KeyCostOption.Create();
        Option<string> mode = KeyModeOption.Create();
        var command = new Command("add", "Add a passphrase, a key file, a security key, or a passphrase together with one of these. Asks for a passphrase that opens the volume, then for the new one.") { volume, name, cost, mode };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        PassphraseOptions added = PassphraseOptions.AddNewTo(command);
        TpmOptions tpm = TpmOptions.AddTo(command);
        Fido2Options fido2 = Fido2Options.AddTo(command);
        command.SetAction(parsed =>
        {
            var options = new KeySlotOptions { Name = parsed.GetValue(name), Argon2 = KeyCostOption.Parse(parsed.GetValue(cost)) };
            PassphraseSource source = added.Source(parsed);
            SlotMode wanted = KeyModeOption.Parse(parsed.GetValue(mode), source, "--new-key-file");
            source = source with { Sealing = tpm.Read(parsed, wanted.Kind), Fido2 = fido2.Read(parsed, wanted, source.Fido2) };
            KeyChange.Apply(parsed.GetRequiredValue(volume), current.Source(parsed), rollback.Read(parsed), unlocked => Add(unlocked, wanted, source, options));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Add(UnlockedVolume unlocked, SlotMode wanted, PassphraseSource source, KeySlotOptions options)
    {
        unlocked.RequireKind(wanted.Kind);
        Argon2Parameters cost = unlocked.CostOf(options.Argon2);
        using CredentialReader added = CredentialReader.ReadNew(wanted, source, "New passphrase");
        KeyHeader header = unlocked.Keys!.Header.Add(unlocked.Key, added.Credential, options with { Argon2 = cost }, out int slot);
        unlocked.Hide(slot, added.Credential, cost);
        Console.Out.WriteLine(wanted.Kind == KeySlotKind.Passphrase
            ? $"The new passphrase is in slot {slot}."
            : $"Slot {slot} opens with the {(wanted.Kind == KeySlotKind.Fido2 ? "security key" : "key file")}{(wanted.TakesPassphrase ? " and the passphrase together" : string.Empty)}.");
        return header;
    }
}
