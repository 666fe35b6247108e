using System.Globalization;

namespace Tessera.Simulation.Tests;

/// <summary>How large the campaigns are (tests/campaigns.md).</summary>
internal static class CampaignSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";

    /// <summary>The first and the last seed: all of them, or a slice ("501-1000"), so that a long campaign can be run in pieces.</summary>
    public static (int First, int Last) Seeds { get; } =
        Environment.GetEnvironmentVariable("CAMPAIGN_SLICE")?.Split('-') is [var first, var last]
            ? ((int)ToNumber(first), (int)ToNumber(last))
            : (1, IsFull ? 10_000 : 200);

    /// <summary>Seeds of the model test; none is cut into slices finer than a seed.</summary>
    public static IEnumerable<ulong> ModelSeeds =>
        Enumerable.Range(IsFull ? Seeds.First : 1, IsFull ? Math.Min(Seeds.Last, 100) - Seeds.First + 1 : 5).Select(seed => (ulong)seed);

    public static int CutsPerSeed => IsFull ? 200 : 50;

    /// <summary>A seed to repeat, and perhaps one cut of it ("operation,seed,mode"), as a failure prints them.</summary>
    public static string? Seed => Environment.GetEnvironmentVariable("CAMPAIGN_SEED");

    public static string? Cut => Environment.GetEnvironmentVariable("CAMPAIGN_CUT");

    public static ulong ToNumber(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
