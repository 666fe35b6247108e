using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>The options that seal a new key file to this machine's TPM.</summary>
internal sealed class TpmOptions
{
    private readonly Option<bool> _tpm = new("--tpm") { Description = "Seal the key file that is made to this machine's TPM 2.0: no other can open it. Needs tpm2-tools." };

    private readonly Option<string?> _pcrs = new("--tpm-pcrs")
    {
        Description = "Besides, only as long as these registers have the values of now: sha256:7 for Secure Boot's. A new firmware changes them: keep the recovery code.",
        HelpName = "BANK:N,…",
    };

    public static TpmOptions AddTo(Command command)
    {
        var options = new TpmOptions();
        command.Add(options._tpm);
        command.Add(options._pcrs);
        return options;
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="mode">What shall open the slot.</param>
    /// <returns>Null when it shall not be sealed.</returns>
    /// <exception cref="CommandException">Registers without a TPM, or no list of them, or no key file to seal: exit 2.</exception>
    public TpmSealing? Read(ParseResult parsed, KeySlotKind mode)
    {
        if (parsed.GetValue(_tpm) && mode is not (KeySlotKind.Device or KeySlotKind.Hybrid))
        {
            throw new CommandException(ExitCode.Usage, "--tpm seals a key file, and this mode has none.", "Say --mode device, or --mode hybrid.");
        }

        string? pcrs = parsed.GetValue(_pcrs);
        if (pcrs is not null && !TpmKeyFile.IsPcrList(pcrs))
        {
            throw new CommandException(ExitCode.Usage, $"{pcrs} is no list of registers.", "Write a bank and numbers from 0 to 23: sha256:7 or sha256:0,2,7.");
        }

        return parsed.GetValue(_tpm) ? new TpmSealing(pcrs)
            : pcrs is null ? null
            : throw new CommandException(ExitCode.Usage, "--tpm-pcrs binds a sealed key file, and --tpm is not there.", "Say --tpm, too.");
    }
}
