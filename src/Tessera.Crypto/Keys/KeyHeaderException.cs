namespace Tessera.Crypto;

/// <summary>A key header is unusable or refuses a change; <see cref="Fault"/> says why.</summary>
public sealed class KeyHeaderException(KeyHeaderFault fault, string detail = "") : Exception(Describe(fault) + detail)
{
    public KeyHeaderFault Fault { get; } = fault;

    private static string Describe(KeyHeaderFault fault) => fault switch
    {
        KeyHeaderFault.NotAKeyHeader => "This is not a key header.",
        KeyHeaderFault.Damaged => "The key header is damaged.",
        KeyHeaderFault.UnknownVersion => "The key header was written by a newer version of Tessera.",
        KeyHeaderFault.Invalid => "The key header holds a value beyond its limits: ",
        KeyHeaderFault.Tampered => "The key header was changed by somebody who does not have the volume key.",
        KeyHeaderFault.CopiesDisagree => "The two copies of the key header belong to different volumes.",
        KeyHeaderFault.NoFreeSlot => "All 16 key slots are in use; remove one first.",
        KeyHeaderFault.NoSuchSlot => "There is no such key slot.",
        KeyHeaderFault.NotAPassphraseSlot => "This key slot takes the recovery code, which is replaced as a whole, or is of a later version's kind.",
        KeyHeaderFault.LastPassphrase => "This is the last slot that opens the volume, but for the recovery code's; add another before removing it, or change it.",
        KeyHeaderFault.WrongRecoveryCode => "This is not the recovery code of this volume.",
        KeyHeaderFault.AuthenticatorGone => "The security key does not know the credential that it made.",
        KeyHeaderFault.BadBackup => "The text is not a complete key backup: ",
        _ => "The key header cannot be used.",
    };
}
