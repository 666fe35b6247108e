using Tessera.Container.Format;
using Tessera.Container.Parity;
using Tessera.Crypto;

namespace Tessera.Container;

/// <summary>What a new container is to be.</summary>
public sealed record FormatOptions
{
    public ContainerProfile Profile { get; init; } = ContainerProfile.Sealed;

    public SealAlgorithm Algorithm { get; init; } = SealAlgorithm.Aes256Gcm;

    public PlacementKind Placement { get; init; } = PlacementKind.Local;

    public required Guid VolumeId { get; init; }

    /// <summary>Largest size of the medium, bytes; 0: as long as the host has room. Below <see cref="Geometry.GroupSize"/> the container is a small one. Profile
    /// scattered has that size from the beginning, and needs one, which is not small.</summary>
    public long SizeLimit { get; init; }

    /// <summary>Of profile scattered: stripes with parity. <see cref="SizeLimit"/> is the medium's length then, of which the container has its data's share.</summary>
    public ParityShape? Parity { get; init; }

    /// <summary>A small container whatever its limit: it begins with some 2 MiB, where another takes ten times that.</summary>
    public bool IsSmall { get; init; }

    /// <summary>The log's ring, bytes; 0: by the size limit, 8 to 32 MiB, and 2 MiB of a small one.</summary>
    public long LogBytes { get; init; }

    /// <summary>The encoded key slots, <see cref="Geometry.KeySlotsLength"/> bytes; empty for profile plain.</summary>
    public ReadOnlyMemory<byte> KeySlots { get; init; }

    /// <summary>Of profile scattered: what opens it. Slots that open for nobody unless told otherwise.</summary>
    public HiddenKeys? HiddenKeys { get; init; }

    /// <summary>Of profile scattered: the medium holds noise already, or nobody will look; it is not filled.</summary>
    public bool IsFilled { get; init; }

    /// <summary>Told how much of the medium is filled with noise, 0 to 1; what it throws ends the formatting.</summary>
    public Action<double>? Progress { get; init; }

    public Guid Host { get; init; }

    public long CreatedSeconds { get; init; }
}
