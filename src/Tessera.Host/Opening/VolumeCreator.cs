using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;
using Tessera.Host.Secrets;
using Tessera.Volumes;

namespace Tessera.Host.Opening;

/// <summary>Makes volumes. A volume is made under another name and then renamed: one whose making was cut short is not there.</summary>
internal static class VolumeCreator
{
    /// <summary>Asks for the passphrase, makes the volume, and gives its keys. It is durable when this returns.</summary>
    /// <exception cref="CommandException">Something is there already, or no directory to put it in: exit 2; and what reading a passphrase throws.</exception>
    /// <exception cref="MediumException">No room, or the disk failed.</exception>
    public static async Task<VolumeKeys> CreateAsync(string volume, NewVolume wanted, PassphraseSource source)
    {
        string path = Path.GetFullPath(volume);
        using FileMedium? device = FileMedium.IsDeviceAt(path) ? DevicePlace.Open(volume, ref wanted) : null;
        if (device is null)
        {
            RequireFreePlace(volume, path);
            RequireSize(wanted);
            RequireEmpty(path, wanted.Spread);
        }

        Guid id = Guid.NewGuid();
        byte[] slots = [];
        HiddenKeys? hidden = wanted.Profile == ContainerProfile.Scattered ? HiddenKeys.Create() : null;
        VolumeKeys keys = wanted.Profile == ContainerProfile.Plain
            ? new VolumeKeys(new SecretBytes(KeyHeader.VolumeKeySize), Recovery: null)
            : DrawKeys(volume, FormatOf(wanted, id, slots, hidden), hidden is null ? wanted : wanted with { KeyCost = HiddenSlots.Cost(wanted.KeyCost.MemoryKiB) }, source, out slots);
        try
        {
            await (device is null
                ? WriteNewAsync(path, wanted, FormatOf(wanted, id, slots, hidden), keys.Key)
                : WriteAsync(path, device, FormatOf(wanted, id, slots, hidden), keys.Key));
            return keys;
        }
        catch
        {
            keys.Dispose();
            throw;
        }
    }

    /// <param name="volume">As the user wrote it.</param>
    /// <param name="path">In full.</param>
    /// <exception cref="CommandException"><see cref="ExitCode.Usage"/>: something is there already, or no directory to put it in.</exception>
    public static void RequireFreePlace(string volume, string path)
    {
        if (Path.Exists(path))
        {
            throw new CommandException(ExitCode.Usage, $"{volume} exists already.", "Nothing was changed. Choose another name, or remove it first.");
        }

        if (!Directory.Exists(Path.GetDirectoryName(path)))
        {
            throw new CommandException(
                ExitCode.Usage, $"There is no directory {Path.GetDirectoryName(path)} to put the volume in.", $"Make it with: mkdir -p {Path.GetDirectoryName(path)}");
        }
    }

    private static void RequireSize(NewVolume wanted)
    {
        if (wanted.Profile == ContainerProfile.Scattered && wanted.SizeLimit == 0)
        {
            throw new CommandException(
                ExitCode.Usage, "A scattered volume needs its size: --size.", "All of it is filled with noise at once, so that nothing shows later how much is used.");
        }
    }

    /// <summary>What lies there may be another volume's.</summary>
    private static void RequireEmpty(string path, IReadOnlyList<string> spread)
    {
        foreach (string directory in spread)
        {
            if (directory == path || directory.StartsWith(path + '/', StringComparison.Ordinal))
            {
                throw new CommandException(ExitCode.Usage, $"{directory} would lie in the volume itself.", "--spread names directories elsewhere, each on a disk of its own.");
            }

            if (File.Exists(directory) || (Directory.Exists(directory) && Directory.EnumerateFileSystemEntries(directory).Any(static entry => Path.GetFileName(entry) != "lost+found")))
            {
                throw new CommandException(ExitCode.Usage, $"{directory} is not an empty directory.", "Nothing was changed. Remove what is in it, or name another: --spread DIRECTORY/vault is made.");
            }
        }
    }

    private static PartSpread? SpreadOf(NewVolume wanted) =>
        wanted.Spread.Count == 0 ? null : new PartSpread(wanted.Spread, wanted.Parity is { } shape ? shape.Data + shape.Parity : wanted.Spread.Count);

    private static void Remove(string unfinished)
    {
        if (Directory.Exists(unfinished))
        {
            FileParts.Delete(unfinished);
        }
        else
        {
            File.Delete(unfinished);
        }
    }

    private static VolumeKeys DrawKeys(string volume, FormatOptions format, NewVolume wanted, PassphraseSource source, out byte[] slots)
    {
        using CredentialReader first = CredentialReader.ReadNew(wanted.KeyMode, source with { Sealing = wanted.Sealing, Fido2 = wanted.Fido2 }, $"New passphrase for {volume}");
        var slot = new KeySlotOptions { Name = "first", Argon2 = wanted.KeyCost };
        byte[] id = format.VolumeId.ToByteArray(bigEndian: true);
        RecoveryCode? recovery = null;
        KeyHeader header = wanted.HasNoRecovery
            ? KeyHeader.CreateWithoutRecovery(id, first.Credential, slot, out SecretBytes key)
            : KeyHeader.Create(id, first.Credential, slot, out key, out recovery);
        header = wanted.OuterRecoveryKey is { } outer ? header.SealToOuter(key, outer, TimeProvider.System, out _) : header;
        slots = new byte[KeyHeader.Size];
        header.Encode(slots);
        if (format.HiddenKeys is { } hidden)
        {
            Hide(hidden, header, first.Credential.Passphrase!, (recovery!, key, wanted.KeyCost));
        }

        return new VolumeKeys(key, recovery);
    }

    private static void Hide(HiddenKeys hidden, KeyHeader header, Passphrase passphrase, (RecoveryCode Recovery, SecretBytes Key, Argon2Parameters Cost) made)
    {
        foreach (KeySlotInfo slot in header.List())
        {
            if (slot.Kind == KeySlotKind.RecoveryCode)
            {
                hidden.Put(slot.Slot, made.Recovery, made.Key);
            }
            else
            {
                hidden.Put(slot.Slot, passphrase, made.Cost, made.Key);
            }
        }
    }

    private static FormatOptions FormatOf(NewVolume wanted, Guid id, byte[] slots, HiddenKeys? hidden) => new()
    {
        Profile = wanted.Profile,
        Placement = wanted.Placement,
        Algorithm = wanted.Profile == ContainerProfile.Plain ? SealAlgorithm.Checksum : wanted.Algorithm,
        VolumeId = id,
        KeySlots = slots,
        HiddenKeys = hidden,
        SizeLimit = wanted.SizeLimit,
        IsSmall = wanted.IsSmall,
        Parity = wanted.Parity,
        Host = HostIdentity.Current,
        CreatedSeconds = SystemClock.Instance.Now.Seconds,
    };

    /// <summary>Under another name first.</summary>
    private static async Task WriteNewAsync(string path, NewVolume wanted, FormatOptions format, SecretBytes key)
    {
        string unfinished = Path.Combine(Path.GetDirectoryName(path)!, $".{Path.GetFileName(path)}.{format.VolumeId:N}.new");
        try
        {
            await WriteAsync(unfinished, wanted.FileBytes == 0 ? FileMedium.Create(unfinished, 0) : new FolderMedium(FileParts.Create(unfinished, wanted.FileBytes, SpreadOf(wanted))), format, key);
            FileMedium.MoveInto(unfinished, path);
        }
        catch
        {
            Remove(unfinished);
            throw;
        }
    }

    /// <summary>The container, and in it a file system whose root belongs to whoever makes it.</summary>
    /// <param name="path">Of the medium.</param>
    /// <param name="made">It, open; closed here.</param>
    /// <param name="format">What is made of it.</param>
    /// <param name="key">The volume's key.</param>
    private static async Task WriteAsync(string path, IHostMedium made, FormatOptions format, SecretBytes key)
    {
        using (IHostMedium medium = made)
        using (Interrupt? interrupt = format.HiddenKeys is null ? null : new Interrupt())
        using (var line = new ProgressLine())
        {
            ContainerFormatter.Format(medium, format with { Progress = Show }, key.Span);

            void Show(double part)
            {
                interrupt?.Token.ThrowIfCancellationRequested();
                line.Show("filling with noise", part);
            }
        }

        await using ContainerStore store = ContainerOpener.Open(
            HostMedium.Open(path), key.Span, new ContainerOptions { Host = format.Host, Background = false });
        var owner = new Caller(Libc.GetUserId(), Libc.GetGroupId(), Pid: 0, Door.Internal, KernelChecked: true);
        await Volume.FormatAsync(store, SystemClock.Instance, owner);
    }
}
