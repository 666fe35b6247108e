namespace Tessera.Crypto;

/// <summary>The hidden slots of both copies. Each copy has a salt of its own, for two that shared one would be a pattern; so every change costs two derivations.</summary>
/// <param name="First">Of copy A.</param>
/// <param name="Second">Of copy B.</param>
public sealed record HiddenKeys(HiddenSlots First, HiddenSlots Second)
{
    /// <summary>Two sets that open for nobody.</summary>
    public static HiddenKeys Create() => new(HiddenSlots.Create(), HiddenSlots.Create());

    public HiddenSlots Of(int copy) => copy == 0 ? First : Second;

    public void Put(int slot, Passphrase passphrase, Argon2Parameters cost, SecretBytes volumeKey)
    {
        First.Put(slot, passphrase, cost, volumeKey);
        Second.Put(slot, passphrase, cost, volumeKey);
    }

    public void Put(int slot, RecoveryCode code, SecretBytes volumeKey)
    {
        First.Put(slot, code, volumeKey);
        Second.Put(slot, code, volumeKey);
    }

    public void Clear(int slot)
    {
        First.Clear(slot);
        Second.Clear(slot);
    }
}
