using Tessera.Container;
using Tessera.Crypto;

namespace Tessera.Host.Serving;

/// <summary>Which volume key is in use, and whether a change of it is under way.</summary>
/// <param name="Epoch">1 until it was first rotated.</param>
/// <param name="Rotating">Something may be sealed under the key before: 'tessera key rotate' ends that.</param>
/// <param name="Percent">How much was sealed anew when it was last noted; null: nobody noted it, or none is under way.</param>
internal sealed record KeyFacts(uint Epoch, bool Rotating, int? Percent)
{
    private const int PerMilleInPercent = KeyHeader.WholeRotation / 100;

    public static KeyFacts Of(KeyHeader header) => new(
        header.KeyEpoch,
        header.Rotation != KeyRotation.None,
        header.Rotation == KeyRotation.Resealing ? header.RotationDone / PerMilleInPercent : null);

    public static KeyFacts Of(ContainerStore store) => new(store.KeyEpoch, store.IsRotating, Percent: null);

    public override string ToString() => Rotating
        ? $"epoch {Epoch}; the rotation from the key before is not through{(Percent is { } percent ? $" ({percent} %)" : string.Empty)}: 'tessera key rotate' goes on with it when the volume is not mounted"
        : $"epoch {Epoch}";
}
