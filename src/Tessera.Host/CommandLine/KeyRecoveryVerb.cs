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
        Option<bool> outer = new("--outer") { Description = "Of a lock: instead, let the recovery code of the mounted volume that it lies in open it, as that is now." };
        var command = new Command(
            "recovery",
            "Make a new recovery code; the old one opens the volume no more. Given in the place of the passphrase, the old one lets the new one open the locks in the volume, too.")
        {
            volume, shares, threshold, outer,
        };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(parsed =>
        {
            if (parsed.GetValue(outer))
            {
                return (int)SealToOuter(parsed.GetRequiredValue(volume), current.Source(parsed), rollback.Read(parsed), (parsed.GetValue(shares) ?? parsed.GetValue(threshold)) is not null);
            }

            (int Needed, int Count)? split = SplitOf(parsed.GetValue(shares), parsed.GetValue(threshold));
            RecoveryCode? code = null;
            bool isOther = false;
            try
            {
                KeyChange.Apply(
                    parsed.GetRequiredValue(volume),
                    current.Source(parsed),
                    rollback.Read(parsed),
                    unlocked => Replace(unlocked, out code, out isOther));
                Print(code!, split); // Only once it is durable: a code that opens nothing is worse than none.
            }
            finally
            {
                code?.Dispose();
            }

            if (isOther)
            {
                Console.Error.WriteLine("Locks that were made in the volume so far are opened neither by the new code nor by the old one: 'tessera key recovery --outer LOCK' lets the new one open each.");
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

    /// <summary>The one slot that is made without a code at hand: it is sealed to what the mount tells.</summary>
    private static ExitCode SealToOuter(string volume, PassphraseSource source, RollbackPolicy rollback, bool splits)
    {
        if (splits)
        {
            throw new CommandException(ExitCode.Usage, "--outer makes no code that could be split.", "Leave out --shares and --threshold.");
        }

        OuterRecovery outer = OuterRecovery.Find(volume);
        SealedRecoveryKey key = outer.Key ?? throw new CommandException(ExitCode.Usage, $"There is no recovery code that could open it: {outer.Reason}.", "Nothing was changed.");
        int slot = -1;
        KeyChange.Apply(volume, source, rollback, unlocked =>
        {
            return unlocked.Veil is null
                ? unlocked.Keys!.Header.SealToOuter(unlocked.Key, key.PublicKey, TimeProvider.System, out slot)
                : throw new CommandException(ExitCode.Usage, "A scattered volume has no slot that could be sealed to a key: it would not be noise.", "Nothing was changed.");
        });
        Console.Out.WriteLine($"Slot {slot} opens with the recovery code of the volume that it lies in.");
        return ExitCode.Ok;
    }

    /// <param name="unlocked">The volume; by its code, where that is at hand.</param>
    /// <param name="code">The new one.</param>
    /// <param name="isOther">There was a key pair, and it is gone: what was sealed to it does not know the new code.</param>
    private static KeyHeader Replace(UnlockedVolume unlocked, out RecoveryCode code, out bool isOther)
    {
        KeyHeader header = unlocked.Keys!.Header.ReplaceRecovery(unlocked.Key, unlocked.Code, out code);
        isOther = unlocked.Keys.Header.HasRecoveryCode && unlocked.Code is null;
        unlocked.Hidden?.Put(header.List().First(slot => slot.Kind == KeySlotKind.RecoveryCode).Slot, code, unlocked.Key);
        return header;
    }
}
