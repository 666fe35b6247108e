using Tessera.Container.Format;
using Tessera.Container.Parity;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.Opening;

/// <summary>What a volume that is to be made shall be.</summary>
internal sealed record NewVolume
{
    public ContainerProfile Profile { get; init; } = ContainerProfile.Sealed;

    public PlacementKind Placement { get; init; } = PlacementKind.Local;

    public SealAlgorithm Algorithm { get; init; } = SealAlgorithm.Aes256Gcm;

    /// <summary>The largest the volume may become, bytes; 0: as large as the disk beneath allows.</summary>
    public long SizeLimit { get; init; }

    /// <summary>It begins small, whatever it may become (docs/format/container.md, Small containers).</summary>
    public bool IsSmall { get; init; }

    /// <summary>Length of each of the files of a folder, bytes; 0: the volume is one file.</summary>
    public long FileBytes { get; init; }

    /// <summary>The directories that the files of a folder are spread over, full paths; none: they lie in the folder.</summary>
    public IReadOnlyList<string> Spread { get; init; } = [];

    /// <summary>Stripes with parity; null: none.</summary>
    public ParityShape? Parity { get; init; }

    /// <summary>It may be made on a block device that has something on it.</summary>
    public bool Overwrites { get; init; }

    /// <summary>What opens its first slot.</summary>
    public SlotMode KeyMode { get; init; } = SlotMode.User;

    /// <summary>Whether its key file, if one is made, shall be sealed to a TPM.</summary>
    public TpmSealing? Sealing { get; init; }

    /// <summary>The security key that shall open its first slot; null when none shall.</summary>
    public Fido2Source? Fido2 { get; init; }

    /// <summary>It has no recovery code: with the last passphrase all in it is lost.</summary>
    public bool HasNoRecovery { get; init; }

    /// <summary>The recovery public key of the volume that it lies in, whose recovery code shall open it, too; null: none shall.</summary>
    public byte[]? OuterRecoveryKey { get; init; }

    /// <summary>What a guess at the first passphrase costs.</summary>
    public Argon2Parameters KeyCost { get; init; } = Argon2Parameters.Default;
}
