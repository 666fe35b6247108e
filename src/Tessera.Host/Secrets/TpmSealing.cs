namespace Tessera.Host.Secrets;

/// <summary>That a key file which is made shall be sealed to this machine's TPM 2.0.</summary>
/// <param name="Pcrs">The platform configuration registers whose values it shall be bound to, as tpm2-tools write them ("sha256:0,7"); null: none.</param>
internal sealed record TpmSealing(string? Pcrs);
