using System.Globalization;

namespace Tessera.Fuzz.Tests.Engine;

/// <summary>How many inputs, and which (tests/campaigns.md).</summary>
public static class FuzzSize
{
    /// <summary>The whole campaign in slices: each seed makes as many inputs as a run for every commit.</summary>
    private const int SeedsOfAll = 100;

    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";

    /// <summary>The first and the last seed.</summary>
    public static (int First, int Last) Seeds { get; } =
        Environment.GetEnvironmentVariable("CAMPAIGN_SLICE")?.Split('-') is [var first, var last]
            ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
            : (1, IsFull ? SeedsOfAll : 1);
}
