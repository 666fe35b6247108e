namespace Tessera.Host.Serving;

/// <summary>What "tessera info" tells of a volume that is not mounted, without a passphrase.</summary>
/// <param name="Volume">As it was given.</param>
/// <param name="Header">What anybody can read.</param>
/// <param name="Bytes">Length of the file.</param>
/// <param name="InUse">Some process holds it, on this host.</param>
/// <param name="Files">Of a folder: how many equal files it has.</param>
internal sealed record VolumeFacts(string Volume, HeaderFacts Header, long Bytes, bool InUse, int? Files)
{
    /// <summary>Its key; null for profile plain, and where the key slots cannot be read.</summary>
    public KeyFacts? Keys { get; init; }

    /// <summary>Always false: a mounted volume is told by its daemon.</summary>
    public bool Mounted { get; } = false;
}
