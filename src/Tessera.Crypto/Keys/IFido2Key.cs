namespace Tessera.Crypto;

/// <summary>FIDO2 authenticators that are at hand, and give secrets by the extension hmac-secret (CTAP 2.1, section 12.5).</summary>
public interface IFido2Key
{
    /// <summary>Makes a credential on one authenticator, and draws the salt that its secret follows from.</summary>
    Fido2Credential Enrol();

    /// <summary>Asks for HMAC-SHA256(what the authenticator keeps for the credential, the salt).</summary>
    /// <param name="credential">As a slot stores it. Nothing has authenticated it yet: what comes of a changed one must only fail to open the slot.</param>
    /// <param name="secret"><see cref="Fido2Credential.SecretSize"/> bytes, filled when true is returned; the caller clears them.</param>
    /// <returns>False when the credential is of none of the authenticators at hand.</returns>
    bool TryGetSecret(Fido2Credential credential, Span<byte> secret);
}
