namespace Tessera.Container.Space;

/// <summary>Chooses among free slots. Called under the space lock.</summary>
public interface IPlacement
{
    /// <summary>Slots are always placed alone; a longer thing needs one placement a slot.</summary>
    bool SingleSlots { get; }

    /// <summary>Chooses a free run; false when no group has one of that length.</summary>
    bool TryPlace(SpaceMap map, int slots, SpaceUse use, out ulong address);
}
