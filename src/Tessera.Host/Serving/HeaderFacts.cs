using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Host.Serving;

/// <summary>What a volume's header says: to everybody who can read the file, unless the volume is scattered.</summary>
internal sealed record HeaderFacts(Guid VolumeId, string Profile, string Placement, string Algorithm, uint FormatVersion, DateTimeOffset Created)
{
    /// <summary>Data and parity slots of a stripe, as "8+2"; null without parity.</summary>
    public string? Parity { get; init; }

    public static HeaderFacts Of(ContainerHeader header) => new(
        header.VolumeId,
        Name(header.Profile),
        Name(header.Placement),
        Name(header.Algorithm),
        ContainerHeader.CurrentVersion,
        DateTimeOffset.FromUnixTimeSeconds(header.CreatedSeconds))
    {
        Parity = header.Stripes?.Shape.ToString(),
    };

    private static string Name(ContainerProfile profile) => profile switch
    {
        ContainerProfile.Plain => "plain",
        ContainerProfile.Scattered => "scattered",
        _ => "sealed",
    };

    private static string Name(PlacementKind placement) => placement == PlacementKind.Scattered ? "scattered" : "local";

    private static string Name(SealAlgorithm algorithm) => algorithm switch
    {
        SealAlgorithm.Aes256Gcm => "aes-256-gcm",
        SealAlgorithm.ChaCha20Poly1305 => "chacha20-poly1305",
        _ => "xxh3-128",
    };
}
