using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Host.Opening;

/// <summary>What a volume that is to be made shall be.</summary>
internal sealed record NewVolume
{
    public ContainerProfile Profile { get; init; } = ContainerProfile.Sealed;

    public PlacementKind Placement { get; init; } = PlacementKind.Local;

    public SealAlgorithm Algorithm { get; init; } = SealAlgorithm.Aes256Gcm;

    /// <summary>The largest the volume may become, bytes; 0: as large as the disk beneath allows.</summary>
    public long SizeLimit { get; init; }

    /// <summary>What opens its first slot.</summary>
    public KeySlotKind KeyMode { get; init; } = KeySlotKind.Passphrase;

    /// <summary>What a guess at the first passphrase costs.</summary>
    public Argon2Parameters KeyCost { get; init; } = Argon2Parameters.Default;
}
