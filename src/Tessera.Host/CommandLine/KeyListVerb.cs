using System.CommandLine;
using System.Globalization;
using Spectre.Console;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key list: the slots in use. Needs no passphrase but for a scattered volume: it shows nothing that the medium does not.</summary>
internal static class KeyListVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<bool> json = CommonOptions.Json();
        var command = new Command("list", "Show the key slots in use: number, mode, kind, name, when made, what a guess costs.") { volume, json };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(parsed => Run(parsed.GetRequiredValue(volume), passphrase.Source(parsed), parsed.GetValue(json)));
        return command;
    }

    private static int Run(string volume, PassphraseSource source, bool json)
    {
        KeySlotFacts[] slots = [.. KeyChange.Read(volume, source).List().Select(KeySlotFacts.Of)];
        if (json)
        {
            FactWriter.WriteJson(slots, HostJson.Default.KeySlotFactsArray);
        }
        else
        {
            Print(slots);
        }

        return (int)ExitCode.Ok;
    }

    private static void Print(KeySlotFacts[] slots)
    {
        var table = new Table { Border = TableBorder.None };
        table.AddColumns("slot", "mode", "kind", "name", "made", "cost of a guess");
        foreach (KeySlotFacts slot in slots)
        {
            table.AddRow(
                slot.Slot.ToString(CultureInfo.InvariantCulture), slot.Mode, slot.Kind, Markup.Escape(slot.Name), slot.Created.ToString("yyyy-MM-dd HH:mm", CultureInfo.InvariantCulture), CostOf(slot));
        }

        Screen.Output.Write(table);
    }

    private static string CostOf(KeySlotFacts slot)
    {
        string cost = slot.MemoryKib is { } memory ? $"{memory / 1024} MiB, {slot.Passes} passes, {slot.Lanes} lanes" : slot.Mode is KeyModeOption.Recovery or KeyModeOption.OuterRecovery ? "160 random bits" : "256 random bits";
        return cost + (slot.Pin == true ? ", PIN" : string.Empty) + (slot.Touch == true ? ", touch" : string.Empty);
    }
}
