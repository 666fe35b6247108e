namespace Tessera.Crypto;

/// <summary>What anybody may know of a slot; none of it needs a key.</summary>
/// <param name="Slot">0 to 15.</param>
/// <param name="Kind">May be a value that this version does not know.</param>
/// <param name="Name">What its owner called it; free of control characters, so it can be printed.</param>
/// <param name="Created">When the slot was made or its passphrase last changed.</param>
/// <param name="Argon2">The cost of opening it; null unless it takes a passphrase.</param>
/// <param name="KeyEpoch">Which volume key it opens: 1 until the first rotation.</param>
public sealed record KeySlotInfo(int Slot, KeySlotKind Kind, string Name, DateTimeOffset Created, Argon2Parameters? Argon2, uint KeyEpoch)
{
    /// <summary>Null unless the slot is of kind <see cref="KeySlotKind.Fido2"/>.</summary>
    public Fido2Credential? Fido2 { get; init; }
}
