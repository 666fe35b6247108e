using Tessera.Core.Stores;

namespace Tessera.Container;

/// <summary>The store's part in a change of its key: what is sealed under an older one is known, and at the end that key goes (docs/format/container.md, Re-sealing).</summary>
public sealed partial class ContainerStore
{
    /// <summary>Which volume key everything new is sealed under: 1 while it was never changed.</summary>
    public uint KeyEpoch => keys.KeyEpoch;

    /// <summary>Something may be sealed under an older key, which the container therefore keeps.</summary>
    public bool IsRotating => keys.OlderEpoch != 0;

    public bool IsOutdated(BlockReference block) => keys.IsOlder(block.Session);

    /// <summary>Gives the older key up, when nothing is sealed under it any more: two checkpoints, after which no kept root has it.</summary>
    /// <returns>False when there is no room for them, or the store turned read-only: nothing is lost, and the next opening has the key again.</returns>
    internal bool ForgetOlderKey()
    {
        using (Held.Enter(checkpointGate))
        {
            keys.ForgetOlder();
            return Rewrite([], chains: true) && Rewrite([], chains: false);
        }
    }
}
