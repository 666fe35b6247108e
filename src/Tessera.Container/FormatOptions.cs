using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>What a new container is to be.</summary>
public sealed record FormatOptions
{
    public ContainerProfile Profile { get; init; } = ContainerProfile.Sealed;

    public SealAlgorithm Algorithm { get; init; } = SealAlgorithm.Aes256Gcm;

    public PlacementKind Placement { get; init; } = PlacementKind.Local;

    public required Guid VolumeId { get; init; }

    /// <summary>Largest size of the medium, bytes; 0: as long as the host has room.</summary>
    public long SizeLimit { get; init; }

    /// <summary>The log's ring, bytes; 0: by the size limit, 8 to 32 MiB.</summary>
    public long LogBytes { get; init; }

    /// <summary>The encoded key slots, <see cref="Geometry.KeySlotsLength"/> bytes; empty for profile plain.</summary>
    public ReadOnlyMemory<byte> KeySlots { get; init; }

    public Guid Host { get; init; }

    public long CreatedSeconds { get; init; }
}
