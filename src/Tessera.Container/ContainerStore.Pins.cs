using Tessera.Container.Backup;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;

namespace Tessera.Container;

/// <summary>Pinned roots: what a backup copies while commits and checkpoints go on.</summary>
public sealed partial class ContainerStore
{
    private readonly UnclaimedBlocks unclaimed = new();
    private readonly RootPins pins;
    private ulong blockFloor;

    internal ContainerParts Parts => new(medium, Header, keys, space, cache, nodes, chains, roots, set);

    internal BlockStore Blocks => blocks;

    /// <summary>Puts everything committed so far into a root and keeps that root until the pin is disposed.</summary>
    /// <exception cref="MediumException">The container is open for reading only, or a fault has turned it read-only.</exception>
    public RootPin PinRoot()
    {
        using (Held.Enter(checkpointGate))
        {
            Checkpoint(clean: false);
            ThrowIfFaulted();
            if (IsReadOnly || closed)
            {
                throw new MediumException(MediumFault.ReadOnly, "A root can be pinned only in a volume that is open for writing.");
            }

            var pin = new RootPin(Root, blockFloor, Unpin);
            pins.Add(pin);
            return pin;
        }
    }

    private void Unpin(RootPin pin) => pins.Remove(pin, PunchReleased);

    private void PunchReleased(SpaceChanges changes)
    {
        if (IsReadOnly || closed)
        {
            return;
        }

        try
        {
            HostSpace.GiveBack(medium, changes);
        }
        catch (MediumException failure)
        {
            TurnReadOnly(failure);
        }
    }
}
