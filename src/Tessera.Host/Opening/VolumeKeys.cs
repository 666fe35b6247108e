using Tessera.Crypto;

namespace Tessera.Host.Opening;

/// <summary>The keys of a volume that was just made.</summary>
/// <param name="Key">The volume key.</param>
/// <param name="Recovery">To be shown once; null for profile plain, and where none was wanted.</param>
internal sealed record VolumeKeys(SecretBytes Key, RecoveryCode? Recovery) : IDisposable
{
    public void Dispose()
    {
        Key.Dispose();
        Recovery?.Dispose();
    }
}
