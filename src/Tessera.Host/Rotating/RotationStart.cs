using System.Globalization;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Rotating;

/// <summary>The beginning of a rotation: which slots stay, and the new key in the key slots (docs/format/keys.md, section 6.1, steps 1 and 2).</summary>
/// <param name="volume">Its path.</param>
/// <param name="secrets">What is at hand.</param>
/// <param name="source">Where the first secret comes from.</param>
/// <param name="dropsOthers">Slots whose secrets are not at hand are to go.</param>
internal sealed class RotationStart(string volume, SlotSecrets secrets, PassphraseSource source, bool dropsOthers)
{
    /// <summary>Of a scattered volume; null: its key slots are in the clear.</summary>
    private HiddenSlots? hidden;

    /// <summary>To whose recovery code a slot is sealed anew; null: there is none, or none was.</summary>
    private SealedRecoveryKey? outer;

    /// <summary>Generation of the key slots that were opened.</summary>
    private ulong generation;

    /// <summary>Slots that go.</summary>
    public int[] Dropped { get; private set; } = [];

    /// <summary>The key to go on with: the old one, where nothing has begun and <see cref="IsBegun"/> is false.</summary>
    public SecretBytes? Key { get; private set; }

    /// <summary>A rotation is under way already.</summary>
    public bool IsBegun { get; private set; }

    /// <summary>The new recovery code, to be shown once and disposed.</summary>
    public RecoveryCode? NewCode { get; private set; }

    /// <summary>Opens the key slots with what is at hand. Nothing is written.</summary>
    /// <exception cref="CommandException">Wrong secrets; slots would go unasked; or a volume that cannot be rotated: exit 2.</exception>
    public void Unlock(RollbackPolicy rollback)
    {
        using IHostMedium medium = HostMedium.Open(volume);
        if (medium.Parts is not null)
        {
            throw new CommandException(ExitCode.Usage, $"{volume} is a folder of files: the key of such a volume is not rotated.", "Make a new volume and copy everything with 'tessera import'.");
        }

        using UnlockedVolume unlocked = VeiledMedium.IsPlausible(medium) ? UnlockVeil(medium) : UnlockOpenly(medium);
        Key = SecretBytes.CopyOf(unlocked.Key.Span);
        generation = unlocked.Keys!.Header.Generation;
        IsBegun = unlocked.Keys.Header.Rotation != KeyRotation.None;
        rollback.Check(medium, unlocked);
        if (!IsBegun)
        {
            // To the pair that the mount tells now, not to the one before: whoever knew the key could have put himself there.
            outer = unlocked.Keys.Header.HasOuterRecovery ? OuterRecovery.Find(volume).Key : null;
            Choose(unlocked.Keys.Header);
        }
    }

    /// <summary>Writes key slots that open another key; <see cref="Key"/> is that one when this returns.</summary>
    /// <exception cref="CommandException">They have changed since they were opened: exit 6.</exception>
    public void Begin()
    {
        using IHostMedium medium = HostMedium.Open(volume);
        medium.LockRange(FixedPlaces.Ordinary.KeySlotsOffset(0), Geometry.KeySlotsLength);
        var veil = VeiledMedium.Lift(medium, Key!.Span) as VeiledMedium;
        try
        {
            KeyHeaderChoice keys = KeyStorage.Read(veil ?? (IMedium)medium);
            if (keys.Header.Generation != generation)
            {
                throw new CommandException(ExitCode.Busy, "The key slots have been changed meanwhile.", "Nothing was changed by this command. Run it again.");
            }

            SecretBytes newKey = SecretBytes.Random(KeyHeader.VolumeKeySize);
            KeyHeader header = keys.Header.Rotate(Key, newKey, secrets.Kept, secrets.Code, out RecoveryCode? code);
            NewCode = code;
            header = outer is null ? header : header.SealToOuter(newKey, outer.PublicKey, TimeProvider.System, out _);
            using VeiledMedium? rekeyed = veil is null ? null : Rekey(veil, header, newKey);
            KeyStorage.Write(rekeyed ?? (IMedium)medium, header, keys.IsSecond);
            Key.Dispose();
            Key = newKey;
        }
        finally
        {
            veil?.Leave();
        }
    }

    private UnlockedVolume UnlockVeil(IHostMedium medium)
    {
        if (source.KeyFile is not null || source.Fido2 is not null)
        {
            throw UnlockedVolume.NoKeyFiles();
        }

        UnlockedVolume unlocked = VeilUnlocker.Unlock(medium, secrets.FirstPassphrase($"Passphrase of {volume}"), source.KeyMemoryKiB);
        if (unlocked.Keys!.Header.Rotation == KeyRotation.None)
        {
            hidden = unlocked.Hidden!.First;
            secrets.Match(OpenHidden, string.Empty);
        }

        return unlocked;
    }

    private UnlockedVolume UnlockOpenly(IHostMedium medium)
    {
        ContainerHeader header = ContainerHeader.Read(medium, forWriting: true);
        if (header.Profile == ContainerProfile.Plain || header.Algorithm == SealAlgorithm.Checksum)
        {
            throw new CommandException(ExitCode.Usage, $"{volume} is not encrypted: it has no key that could be rotated.");
        }

        KeyHeaderChoice keys = KeyStorage.Read(medium);
        VolumeUnlocker.RequireSameVolume(keys.Header, header);
        return WrongTries.Count(header, () =>
        {
            secrets.Match(keys.Header.OpenedBy, $"Passphrase of {volume}");
            return new UnlockedVolume(header, keys, secrets.Kept.Keys.First(), SecretBytes.CopyOf(secrets.VolumeKey!.Span));
        });
    }

    private IReadOnlyList<int> OpenHidden(KeyCredential exact, IReadOnlyCollection<int> except, out SecretBytes? volumeKey)
    {
        if (exact.Kind != KeySlotKind.Passphrase)
        {
            throw UnlockedVolume.NoKeyFiles();
        }

        bool opens = hidden!.TryUnlock(exact.Passphrase!, HiddenSlots.Cost(source.KeyMemoryKiB), out volumeKey, out int slot) && !except.Contains(slot);
        return opens ? [slot] : [];
    }

    /// <summary>The recovery code is no secret that could be lost by this: there will be a new one.</summary>
    private void Choose(KeyHeader header)
    {
        SlotSecrets.Opener opener = hidden is null ? header.OpenedBy : OpenHidden;
        KeySlotInfo[] others = [.. Others(header)];
        if (!dropsOthers && source.IsTerminal && Terminal.CanAsk)
        {
            foreach (KeySlotInfo slot in others.Where(static slot => slot.Kind == KeySlotKind.Passphrase))
            {
                secrets.Ask(opener, slot.Slot, $"Passphrase of slot {Describe(slot)}");
            }

            others = [.. Others(header)];
        }

        if (others.Length > 0 && !dropsOthers)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"Nothing that was given opens slot {string.Join(", slot ", others.Select(Describe))}: what cannot be opened cannot be wrapped for the new key.",
                "Give their secrets (--also-passphrase-file, --also-key-file), or let these slots go with --drop-others. Nothing was changed.");
        }

        Dropped = [.. others.Select(static slot => slot.Slot)];
    }

    private IEnumerable<KeySlotInfo> Others(KeyHeader header) =>
        header.List().Where(slot => slot.Kind != KeySlotKind.RecoveryCode && (slot.Kind != KeySlotKind.OuterRecovery || outer is null) && !secrets.Kept.ContainsKey(slot.Slot));

    private static string Describe(KeySlotInfo slot) =>
        string.Create(CultureInfo.InvariantCulture, $"{slot.Slot} ({KeyModeOption.NameOf(slot)}{(slot.Name.Length == 0 ? string.Empty : $", {slot.Name}")})");

    /// <summary>Hidden slots of the new key, for the same passphrases.</summary>
    private VeiledMedium Rekey(VeiledMedium veil, KeyHeader header, SecretBytes newKey)
    {
        HiddenKeys keys = HiddenKeys.Create();
        foreach (KeySlotInfo slot in header.List())
        {
            if (slot.Kind == KeySlotKind.RecoveryCode)
            {
                keys.Put(slot.Slot, NewCode ?? secrets.Code!, newKey);
            }
            else
            {
                keys.Put(slot.Slot, secrets.Kept[slot.Slot].Passphrase!, HiddenSlots.Cost(source.KeyMemoryKiB), newKey);
            }
        }

        return veil.Rekeyed(newKey.Span, keys);
    }
}
