namespace Tessera.Fuse;

/// <summary>What INIT settled.</summary>
/// <param name="Minor">Protocol 7.<c>Minor</c>, the smaller of both sides.</param>
/// <param name="KernelFeatures">What the kernel could do.</param>
/// <param name="Features">What is on.</param>
/// <param name="MaxWrite">Bytes in one WRITE or READ.</param>
public sealed record FuseConnection(uint Minor, FuseFeatures KernelFeatures, FuseFeatures Features, int MaxWrite)
{
    public const uint Major = 7;

    /// <summary>Linux 5.4.</summary>
    public const uint OldestMinor = 31;

    /// <summary>Linux 6.18.</summary>
    public const uint NewestMinor = 45;

    public bool Has(FuseFeatures feature) => (Features & feature) == feature;
}
