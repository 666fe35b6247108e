using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key recovery: a new recovery code in the place of the old one, whole or in shares.</summary>
internal static class KeyRecoveryVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<int?> shares = new("--shares") { Description = $"Print so many shares of the code instead of the code itself, at most {RecoveryShare.MaxShares}.", HelpName = "N" };
        Option<int?> threshold = new("--threshold") { Description = "So many of the shares give the code, and fewer give nothing.", HelpName = "K" };
        var command = new Command("recovery", "Make a new recovery code; the old one opens the volume no more.") { volume, shares, threshold };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(parsed =>
        {
            (int Needed, int Count)? split = SplitOf(parsed.GetValue(shares), parsed.GetValue(threshold));
            RecoveryCode? code = null;
            try
            {
                KeyChange.Apply(
                    parsed.GetRequiredValue(volume),
                    current.Source(parsed),
                    rollback.Read(parsed),
                    unlocked => Replace(unlocked, out code));
                Print(code!, split); // Only once it is durable: a code that opens nothing is worse than none.
            }
            finally
            {
                code?.Dispose();
            }

            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static (int Needed, int Count)? SplitOf(int? shares, int? threshold) => (shares, threshold) switch
    {
        (null, null) => null,
        ({ } count, { } needed) when count <= RecoveryShare.MaxShares && needed >= RecoveryShare.LeastThreshold && needed <= count => (needed, count),
        _ => throw new CommandException(
            ExitCode.Usage,
            $"--shares N and --threshold K go together: {RecoveryShare.LeastThreshold} ≤ K ≤ N ≤ {RecoveryShare.MaxShares}.",
            "Five shares of which any three give the code: --shares 5 --threshold 3"),
    };

    private static void Print(RecoveryCode code, (int Needed, int Count)? split)
    {
        if (split is null)
        {
            RecoveryCodePrinter.Print(code);
            return;
        }

        RecoveryShare[] shares = RecoveryShare.Split(code, split.Value.Needed, split.Value.Count);
        try
        {
            RecoveryCodePrinter.Print(shares);
        }
        finally
        {
            Array.ForEach(shares, share => share.Dispose());
        }
    }

    private static KeyHeader Replace(UnlockedVolume unlocked, out RecoveryCode code)
    {
        KeyHeader header = unlocked.Keys!.Header.ReplaceRecovery(unlocked.Key, current: null, out code);
        unlocked.Hidden?.Put(header.List().First(slot => slot.Kind == KeySlotKind.RecoveryCode).Slot, code, unlocked.Key);
        return header;
    }
}
