using Tessera.Container;
using Tessera.Crypto;

namespace Tessera.Host.Serving;

/// <summary>Which volume key is in use, and whether a change of it is under way.</summary>
/// <param name="Epoch">1 until it was first rotated.</param>
/// <param name="Rotating">Something may be sealed under the key before: a mount, or 'tessera key rotate', ends that.</param>
/// <param name="Percent">How much was sealed anew when it was last noted; null: nobody noted it, or none is under way.</param>
internal sealed record KeyFacts(uint Epoch, bool Rotating, int? Percent)
{
    /// <summary>Thousandths in one of <see cref="Percent"/>.</summary>
    public const int PerMilleInPercent = KeyHeader.WholeRotation / 100;

    /// <summary>What the mount does about it, as <see cref="ResealFacts.State"/>; null when it is not mounted, or none is under way.</summary>
    public string? Resealing { get; init; }

    public static KeyFacts Of(KeyHeader header) => new(
        header.KeyEpoch,
        header.Rotation != KeyRotation.None,
        header.Rotation == KeyRotation.Resealing ? header.RotationDone / PerMilleInPercent : null);

    /// <summary>Of a mounted volume.</summary>
    /// <param name="store">The volume.</param>
    /// <param name="reseal">What is done in the background; null: nothing.</param>
    public static KeyFacts Of(ContainerStore store, ResealFacts? reseal) => store.IsRotating
        ? new(store.KeyEpoch, Rotating: true, reseal?.Percent) { Resealing = reseal?.State ?? ResealFacts.Off }
        : new(store.KeyEpoch, Rotating: false, Percent: null);

    public override string ToString()
    {
        if (!Rotating)
        {
            return $"epoch {Epoch}";
        }

        string what = Resealing switch
        {
            null => "the next mount goes on with it, or 'tessera key rotate'",
            ResealFacts.Waiting => "this mount tries again in a while: there is no room, somebody reads an older state, or files were copied meanwhile",
            ResealFacts.Damaged => "something under the key before is damaged, and keeps it, until 'tessera fsck --repair' has given it up",
            ResealFacts.Failed => "this mount has given up, and its log says why",
            ResealFacts.Off => "this mount does nothing about it",
            _ => "this mount goes on with it",
        };
        return $"epoch {Epoch}; the rotation from the key before is not through{(Percent is { } percent ? $" ({percent} %)" : string.Empty)}: {what}";
    }
}
