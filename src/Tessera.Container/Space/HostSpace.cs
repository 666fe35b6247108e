using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Space;

/// <summary>What is given back to the host.</summary>
internal static class HostSpace
{
    /// <summary>Shortest run given back: 1 MiB. Shorter holes cost the host more than they give.</summary>
    private const int MinPunchSlots = (1 << 20) / Geometry.SlotSize;
    private const long MinHostFreeToPunch = 1L << 30;

    /// <summary>Gives long runs back: no kept root needs them, and nobody can have taken them yet. Not while the host is nearly full: what
    /// is real now may not be had again, and the reserve must be.</summary>
    public static void GiveBack(IMedium medium, SpaceChanges changes)
    {
        if (medium.HostFreeBytes < MinHostFreeToPunch)
        {
            return;
        }

        foreach (SpaceChange change in changes.Runs)
        {
            if (!change.Taken && change.Slots >= MinPunchSlots)
            {
                medium.Punch(SlotAddress.Offset(change.Address), (long)change.Slots * Geometry.SlotSize);
            }
        }
    }
}
