using System.Globalization;
using Tessera.Container.Format;

namespace Tessera.Container.Parity;

/// <summary>How many slots of a stripe are data and how many parity: "8+2".</summary>
/// <param name="Data">8 or 16.</param>
/// <param name="Parity">1 to <see cref="StripeLayout.MostParity"/>: so many of a stripe may be damaged or lost.</param>
public readonly record struct ParityShape(int Data, int Parity)
{
    /// <summary>Smallest medium, bytes: all fixed slots lie in whole stripes from the beginning, and the container has more than a group.</summary>
    public const long LeastMedium = 2 * Geometry.GroupSize;

    public static bool TryParse(string text, out ParityShape shape)
    {
        string[] numbers = text.Split('+');
        bool isOne = int.TryParse(numbers[0], NumberStyles.None, CultureInfo.InvariantCulture, out int data)
            & int.TryParse(numbers[^1], NumberStyles.None, CultureInfo.InvariantCulture, out int parity);
        shape = new ParityShape(data, parity);
        return isOne && numbers.Length == 2 && StripeLayout.IsSupported(data, parity);
    }

    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"{Data}+{Parity}");
}
