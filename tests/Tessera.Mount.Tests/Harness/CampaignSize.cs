namespace Tessera.Mount.Tests.Harness;

/// <summary>How large a test runs: the size of every commit, or the campaign's. "./test --campaign NAME --full" sets the latter.</summary>
internal static class CampaignSize
{
    public static bool IsFull { get; } = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";

    /// <summary>One of the two sizes that tests/campaigns.md lists.</summary>
    public static int Of(int commit, int campaign) => IsFull ? campaign : commit;
}
