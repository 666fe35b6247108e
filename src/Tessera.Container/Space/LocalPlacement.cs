using Tessera.Container.Format;

namespace Tessera.Container.Space;

/// <summary>Next fit: goes on where the last run of the same use ended, so that what is written together lies together.</summary>
public sealed class LocalPlacement : IPlacement
{
    private readonly Cursor[] cursors = [new(0, 0), new(0, 0), new(1, 0)];

    public bool SingleSlots => false;

    public bool TryPlace(SpaceMap map, int slots, SpaceUse use, out ulong address)
    {
        ref Cursor cursor = ref cursors[(int)use];
        uint groups = map.Groups;
        uint start = cursor.Group < groups ? cursor.Group : 0;
        for (uint step = 0; step < groups; step++)
        {
            uint group = (start + step) % groups;
            if (map.FreeOf(group) < slots)
            {
                continue;
            }

            int slot = map.Bitmap(group).FindRun(slots, step == 0 ? cursor.Slot : 0);
            if (slot >= 0)
            {
                cursor = new Cursor(group, (slot + slots) % Geometry.SlotsPerGroup);
                address = SlotAddress.Of(group, slot);
                return true;
            }
        }

        address = 0;
        return false;
    }

    private readonly record struct Cursor(uint Group, int Slot);
}
