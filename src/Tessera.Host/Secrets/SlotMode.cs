using Tessera.Crypto;

namespace Tessera.Host.Secrets;

/// <summary>What shall open a new slot.</summary>
/// <param name="Kind">The kind of slot.</param>
/// <param name="TakesPassphrase">It takes one, alone or besides what else its kind takes.</param>
internal sealed record SlotMode(KeySlotKind Kind, bool TakesPassphrase)
{
    public static readonly SlotMode User = new(KeySlotKind.Passphrase, TakesPassphrase: true);
}
