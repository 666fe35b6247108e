namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Learns from media of known worlds which measurement lies farthest apart in them, against how much it varies in each; cuts half-way, and guesses by it.</summary>
internal sealed class Guesser
{
    private readonly int _feature;
    private readonly double _threshold;
    private readonly bool _isSecondAbove;

    private Guesser(IReadOnlyList<Game> known, int feature)
    {
        _feature = feature;
        Feature = known[0].Features[feature].Name;
        (double first, double firstVariance) = Of(known.Where(game => !game.IsSecond));
        (double second, double secondVariance) = Of(known.Where(game => game.IsSecond));
        _threshold = (first + second) / 2;
        _isSecondAbove = second > first;
        double spread = Math.Sqrt(firstVariance + secondVariance);
        Distance = first == second ? 0 : spread == 0 ? double.PositiveInfinity : Math.Abs(second - first) / spread;
    }

    /// <summary>What it looks at.</summary>
    public string Feature { get; }

    /// <summary>How far apart the worlds were, in standard deviations.</summary>
    private double Distance { get; }

    /// <param name="known">Measurements of both worlds.</param>
    public static Guesser Learn(IReadOnlyList<Game> known) =>
        Enumerable.Range(0, known[0].Features.Count).Select(feature => new Guesser(known, feature)).MaxBy(guesser => guesser.Distance)!;

    public bool IsRight(Game game) => (game.Features[_feature].Value > _threshold == _isSecondAbove) == game.IsSecond;

    private (double Mean, double Variance) Of(IEnumerable<Game> games)
    {
        double[] values = [.. games.Select(game => game.Features[_feature].Value)];
        double mean = values.Average();
        return (mean, values.Sum(value => (value - mean) * (value - mean)) / values.Length);
    }
}
