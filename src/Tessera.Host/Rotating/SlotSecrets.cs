using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Secrets;

namespace Tessera.Host.Rotating;

/// <summary>Everything somebody has who rotates a volume's key, and which slots it opens: these can be wrapped for the new key, and no others.</summary>
internal sealed class SlotSecrets : IDisposable
{
    private readonly List<(string? File, Passphrase Value)> passphrases = [];
    private readonly List<(string File, DeviceKey Value)> devices = [];
    private readonly PassphraseSource source;
    private SecurityKey? security;

    /// <summary>Finds the slots that exactly this opens, but for those that are known, and the volume key.</summary>
    public delegate IReadOnlyList<int> Opener(KeyCredential exact, IReadOnlyCollection<int> except, out SecretBytes? volumeKey);

    /// <summary>Reads all secrets that are in files, and what else was named.</summary>
    /// <param name="source">The first secret.</param>
    /// <param name="morePassphrases">Files with passphrases, or the recovery code, of other slots.</param>
    /// <param name="moreKeyFiles">Key files of other slots.</param>
    /// <exception cref="CommandException">One cannot be read.</exception>
    public SlotSecrets(PassphraseSource source, IEnumerable<string> morePassphrases, IEnumerable<string> moreKeyFiles)
    {
        this.source = source;
        try
        {
            if (!source.IsTerminal)
            {
                AddPassphrase(file: null, source, string.Empty);
            }

            foreach (string file in morePassphrases)
            {
                AddPassphrase(file, new PassphraseSource(file, Command: null), string.Empty);
            }

            foreach (string file in source.KeyFile is { } first ? moreKeyFiles.Prepend(first) : moreKeyFiles)
            {
                devices.Add((file, DeviceKeyFile.Read(file)));
            }

            security = source.Fido2 is { } named ? new SecurityKey(named) : null;
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>What opens each slot that stays.</summary>
    public Dictionary<int, KeyCredential> Kept { get; } = [];

    /// <summary>The recovery code, when it was among the secrets.</summary>
    public RecoveryCode? Code { get; private set; }

    /// <summary>The volume's key, once a slot has opened.</summary>
    public SecretBytes? VolumeKey { get; private set; }

    /// <summary>The first passphrase, asked for when none was given.</summary>
    public Passphrase FirstPassphrase(string question)
    {
        if (passphrases.Count == 0)
        {
            AddPassphrase(file: null, source, question);
        }

        return passphrases[0].Value;
    }

    /// <summary>Tries everything on every slot that takes it; asks for a passphrase when nothing that was given opens one.</summary>
    /// <exception cref="CommandException">Something opens no slot: exit 3.</exception>
    public void Match(Opener opener, string question)
    {
        HashSet<string> useless = [];
        foreach ((string file, DeviceKey device) in devices)
        {
            Try(opener, new KeyCredential(passphrase: null, device), file, useless);
        }

        if (security is not null)
        {
            Try(opener, new KeyCredential(passphrase: null, device: null, security), file: null, useless);
        }

        if (passphrases.Count == 0 && VolumeKey is null)
        {
            AddPassphrase(file: null, source, question);
        }

        foreach ((string? file, Passphrase passphrase) in passphrases)
        {
            MatchPassphrase(opener, file, passphrase, useless);
        }

        if (VolumeKey is null || useless.Count > 0)
        {
            throw new CommandException(
                ExitCode.WrongPassphrase,
                VolumeKey is null ? "Nothing that was given opens the volume." : $"{string.Join(", ", useless.Order(StringComparer.Ordinal))}: opens no slot that nothing else opens.",
                "Nothing was changed.");
        }
    }

    /// <summary>Asks for what opens a slot that stays.</summary>
    /// <exception cref="CommandException">It does not: exit 3.</exception>
    public void Ask(Opener opener, int slot, string question)
    {
        using SecretInput input = PassphraseReader.Read(new PassphraseSource(File: null, Command: null), question);
        Passphrase passphrase = PassphraseReader.Parse(input);
        passphrases.Add((null, passphrase));
        MatchPassphrase(opener, file: null, passphrase, []);
        if (!Kept.ContainsKey(slot))
        {
            throw new CommandException(ExitCode.WrongPassphrase, $"The passphrase does not open slot {slot}.", "Nothing was changed.");
        }
    }

    public void Dispose()
    {
        passphrases.ForEach(static passphrase => passphrase.Value.Dispose());
        devices.ForEach(static device => device.Value.Dispose());
        security?.Dispose();
        security = null;
        Code?.Dispose();
        VolumeKey?.Dispose();
    }

    private void AddPassphrase(string? file, PassphraseSource from, string question)
    {
        using SecretInput input = PassphraseReader.Read(from, question);
        passphrases.Add((file, PassphraseReader.Parse(input)));
    }

    private void MatchPassphrase(Opener opener, string? file, Passphrase passphrase, HashSet<string> useless)
    {
        bool isUsed = Try(opener, passphrase, file, useless);
        foreach ((string device, DeviceKey key) in devices)
        {
            if (Try(opener, new KeyCredential(passphrase, key), file: null, useless))
            {
                isUsed = true;
                useless.Remove(device);
            }
        }

        isUsed |= security is not null && Try(opener, new KeyCredential(passphrase, device: null, security), file: null, useless);
        if (isUsed && file is not null)
        {
            useless.Remove(file);
        }
    }

    /// <summary>Whether it opens a slot that nothing before has opened; a file that does not is noted.</summary>
    private bool Try(Opener opener, KeyCredential exact, string? file, HashSet<string> useless)
    {
        IReadOnlyList<int> opened = opener(exact, Kept.Keys, out SecretBytes? key);
        if (opened.Count == 0)
        {
            _ = file is null || useless.Add(file);
            return false;
        }

        VolumeKey?.Dispose();
        VolumeKey = key;
        foreach (int slot in opened)
        {
            Kept[slot] = exact;
        }

        if (exact.Kind == KeySlotKind.Passphrase && Code is null && RecoveryCode.TryParse(exact.Passphrase!, out RecoveryCode? code, out _))
        {
            Code = code;
        }

        return true;
    }
}
