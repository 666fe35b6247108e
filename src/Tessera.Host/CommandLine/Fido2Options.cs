using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>The options that say what a security key shall ask of who opens a new slot.</summary>
internal sealed class Fido2Options
{
    private readonly Option<bool> _noPin = new("--fido2-no-pin") { Description = "The new slot of a security key opens without the key's PIN: who has the key has enough." };

    private readonly Option<bool> _noTouch = new("--fido2-no-touch") { Description = "The new slot of a security key opens without a touch, where the key allows that: for a machine that starts with nobody there." };

    public static Fido2Options AddTo(Command command)
    {
        var options = new Fido2Options();
        command.Add(options._noPin);
        command.Add(options._noTouch);
        return options;
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="mode">What shall open the slot.</param>
    /// <param name="named">The security key that was named for it.</param>
    /// <returns>The security key of the new slot; null when it has none.</returns>
    /// <exception cref="CommandException">Something is said of a security key, and the mode has none: exit 2.</exception>
    public Fido2Source? Read(ParseResult parsed, SlotMode mode, Fido2Source? named)
    {
        bool isAsked = parsed.GetValue(_noPin) || parsed.GetValue(_noTouch);
        if (mode.Kind == KeySlotKind.Fido2)
        {
            return (named ?? new Fido2Source(Fido2Source.Auto, PinFile: null)) with { AsksPin = !parsed.GetValue(_noPin), AsksTouch = !parsed.GetValue(_noTouch) };
        }

        return isAsked || named is not null
            ? throw new CommandException(ExitCode.Usage, "A security key was given for the new slot, and a mode that has none.", $"Say --mode {KeyModeOption.Fido2}, or --mode {KeyModeOption.Fido2Hybrid} for a passphrase and the key together.")
            : null;
    }
}
