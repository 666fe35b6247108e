using System.Globalization;

namespace Tessera.Mount.Tests.Harness;

/// <summary>How large a test runs: the size of every commit, or the campaign's. "./test --campaign NAME --full" sets the latter.</summary>
internal static class CampaignSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";

    /// <summary>The numbers of a campaign that has many: all of them, or the slice that "--slice FROM-TO" asks for.</summary>
    public static (int First, int Last) Slice(int commit, int campaign) =>
        Environment.GetEnvironmentVariable("CAMPAIGN_SLICE")?.Split('-') is [var first, var last]
            ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
            : (1, Of(commit, campaign));

    /// <summary>One of the two sizes that tests/campaigns.md lists.</summary>
    public static int Of(int commit, int campaign) => IsFull ? campaign : commit;
}
