using System.Diagnostics.CodeAnalysis;
using Tessera.Crypto;

namespace Tessera.Host.Opening;

/// <summary>What a recovery code in the place of a passphrase is good for besides the volume's own slot: it may be that of the volume which this one lies in.</summary>
internal sealed class RecoveryUse
{
    /// <summary>The volume's path.</summary>
    public required string Volume { get; init; }

    /// <summary>The code is wanted afterwards.</summary>
    public bool Keeps { get; init; }

    /// <summary>The volume's own code, which opened it; null unless <see cref="Keeps"/>.</summary>
    public RecoveryCode? Kept { get; private set; }

    /// <summary>Why a code opened nothing; null when it was none, or nothing is to be said.</summary>
    public string? Advice { get; private set; }

    /// <summary>The recovery code that opened its slot; null when something else did.</summary>
    public static RecoveryCode? CodeOf(KeyHeader keys, int slot, Passphrase input) =>
        keys.List().Any(known => known.Slot == slot && known.Kind == KeySlotKind.RecoveryCode) && RecoveryCode.TryParse(input, out RecoveryCode? code, out _) ? code : null;

    /// <summary>Tries an input that is a recovery code on what is sealed to that of the volume around.</summary>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.Tampered"/>.</exception>
    public bool TryOuter(KeyHeader keys, Passphrase input, [NotNullWhen(true)] out SecretBytes? key, out int slot)
    {
        (key, slot) = (null, -1);
        if (!RecoveryCode.TryParse(input, out RecoveryCode? code, out _))
        {
            return false;
        }

        using (code)
        {
            if (!keys.HasOuterRecovery)
            {
                Advice = "It is a recovery code, but not this volume's, and this volume opens with no other. Nothing was changed.";
                return false;
            }

            OuterRecovery outer = OuterRecovery.Find(Volume);
            if (outer.Key is not { } around)
            {
                Advice = $"The recovery code of the volume that it was made in opens it only while it lies in a mount of that: {outer.Reason}. Nothing was changed.";
                return false;
            }

            if (!around.TryOpen(code, out RecoveryKeyPair? pair))
            {
                Advice = "It is neither the recovery code of this lock nor that of the volume that it lies in. Nothing was changed.";
                return false;
            }

            using (pair)
            {
                Advice = "This is the recovery code of the volume that it lies in, but it was sealed to another one, or to one before. Nothing was changed.";
                return keys.TryUnlockWithOuter(pair, out key, out slot);
            }
        }
    }

    /// <summary>Keeps the code if it opened its slot, and if it is wanted.</summary>
    public void Keep(KeyHeader keys, int slot, Passphrase input) => Kept = Keeps ? CodeOf(keys, slot, input) : null;
}
