namespace Tessera.Crypto;

/// <summary>How a new slot is to be.</summary>
public sealed record KeySlotOptions
{
    /// <summary>At most 64 bytes in UTF-8 without control characters; null keeps the name a slot has.</summary>
    public string? Name { get; init; }

    /// <summary>What a guess at the passphrase costs, where the slot takes one.</summary>
    public Argon2Parameters Argon2 { get; init; } = Argon2Parameters.Default;

    /// <summary>Where the creation time comes from, in seconds.</summary>
    public TimeProvider Clock { get; init; } = TimeProvider.System;
}
