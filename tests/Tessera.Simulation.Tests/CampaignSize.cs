using System.Globalization;

namespace Tessera.Simulation.Tests;

/// <summary>How large the campaigns are (tests/campaigns.md).</summary>
internal static class CampaignSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";

    public static int Seeds => IsFull ? 5000 : 200;

    public static int CutsPerSeed => IsFull ? 200 : 50;

    /// <summary>A seed to repeat, and perhaps one cut of it ("operation,seed,mode"), as a failure prints them.</summary>
    public static string? Seed => Environment.GetEnvironmentVariable("CAMPAIGN_SEED");

    public static string? Cut => Environment.GetEnvironmentVariable("CAMPAIGN_CUT");

    public static ulong ToNumber(string text) => ulong.Parse(text, CultureInfo.InvariantCulture);
}
