using Tessera.Container.Format;
using Tessera.Crypto;

namespace Tessera.Host.Opening;

/// <summary>What opening the key slots gave.</summary>
/// <param name="Header">The volume's header.</param>
/// <param name="Keys">Its key slots; null for profile plain.</param>
/// <param name="OpenedBy">The slot that opened, −1 when none was needed.</param>
/// <param name="Key">The volume key, disposed with this.</param>
internal sealed record UnlockedVolume(ContainerHeader Header, KeyHeaderChoice? Keys, int OpenedBy, SecretBytes Key) : IDisposable
{
    public void Dispose() => Key.Dispose();
}
