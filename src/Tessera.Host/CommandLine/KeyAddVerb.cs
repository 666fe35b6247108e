using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key add: another passphrase for the same volume.</summary>
internal static class KeyAddVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<string?> name = new("--name") { Description = "Whose or what the passphrase is, shown by 'key list'.", HelpName = "NAME" };
        Option<string?> cost = KeyCostOption.Create();
        var command = new Command("add", "Add a passphrase. Asks for one that opens the volume, then for the new one.") { volume, name, cost };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        PassphraseOptions added = PassphraseOptions.AddNewTo(command);
        command.SetAction(parsed =>
        {
            var options = new KeySlotOptions { Name = parsed.GetValue(name), Argon2 = KeyCostOption.Parse(parsed.GetValue(cost)) };
            KeyChange.Apply(parsed.GetRequiredValue(volume), current.Source(parsed), unlocked => Add(unlocked, added.Source(parsed), options));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static KeyHeader Add(UnlockedVolume unlocked, PassphraseSource source, KeySlotOptions options)
    {
        Argon2Parameters cost = unlocked.CostOf(options.Argon2);
        using SecretInput input = PassphraseReader.ReadNew(source, "New passphrase");
        using Passphrase passphrase = PassphraseReader.Parse(input);
        KeyHeader header = unlocked.Keys!.Header.Add(unlocked.Key, passphrase, options with { Argon2 = cost }, out int slot);
        unlocked.Hide(slot, passphrase, cost);
        Console.Out.WriteLine($"The new passphrase is in slot {slot}.");
        return header;
    }
}
