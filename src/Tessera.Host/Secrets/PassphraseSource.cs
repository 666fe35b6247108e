namespace Tessera.Host.Secrets;

/// <summary>Where the passphrase comes from. It is never an argument itself: every user of the machine can read those.</summary>
/// <param name="File">A file with the passphrase in it.</param>
/// <param name="Command">A command that prints it.</param>
internal sealed record PassphraseSource(string? File, string? Command)
{
    /// <summary>What deriving a key takes, KiB, of a scattered volume that was made with another cost than the usual: it is written nowhere.</summary>
    public int? KeyMemoryKiB { get; init; }

    /// <summary>A file with a device key, to be given instead of a passphrase or besides it.</summary>
    public string? KeyFile { get; init; }

    /// <summary>Whether the key file, if it is made, shall be sealed to a TPM.</summary>
    public TpmSealing? Sealing { get; init; }

    /// <summary>A security key, to be used instead of a passphrase or besides it; null: none was named.</summary>
    public Fido2Source? Fido2 { get; init; }

    /// <summary>Ask on the terminal.</summary>
    public bool IsTerminal => File is null && Command is null;
}
