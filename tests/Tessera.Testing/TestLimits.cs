namespace Tessera.Testing;

/// <summary>Limits of tests that have what others leave of the processors (./test).</summary>
public static class TestLimits
{
    /// <summary>What is not done by then hangs: longer than anything takes that gets a hundredth of a processor for minutes.</summary>
    public static TimeSpan Patience { get; } = TimeSpan.FromMinutes(10);
}
