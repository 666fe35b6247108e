namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Learns from media of known worlds which measurement tells them apart best, and where to cut; guesses by it.</summary>
internal sealed class Guesser
{
    private readonly int _feature;
    private readonly double _threshold;
    private readonly bool _isSecondAbove;

    private Guesser(int feature, double threshold, bool isSecondAbove)
    {
        _feature = feature;
        _threshold = threshold;
        _isSecondAbove = isSecondAbove;
    }

    /// <summary>What it looks at.</summary>
    public string Feature { get; private init; } = string.Empty;

    /// <param name="known">Measurements, and whether they are of the second world.</param>
    public static Guesser Learn(IReadOnlyList<Game> known)
    {
        Guesser best = new(0, 0, isSecondAbove: true);
        int mostRight = -1;
        for (int feature = 0; feature < known[0].Features.Count; feature++)
        {
            double[] values = [.. known.Select(game => game.Features[feature].Value).Distinct().Order()];
            for (int cut = 0; cut + 1 < values.Length; cut++)
            {
                foreach (bool isSecondAbove in (ReadOnlySpan<bool>)[true, false])
                {
                    var guesser = new Guesser(feature, (values[cut] + values[cut + 1]) / 2, isSecondAbove) { Feature = known[0].Features[feature].Name };
                    int right = known.Count(guesser.IsRight);
                    if (right > mostRight)
                    {
                        (best, mostRight) = (guesser, right);
                    }
                }
            }
        }

        return best;
    }

    public bool IsRight(Game game) => (game.Features[_feature].Value > _threshold == _isSecondAbove) == game.IsSecond;
}
