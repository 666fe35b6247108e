namespace Tessera.MicroBenchmarks.Tests;

/// <summary>The benchmarks of the inner parts work; how fast they are is not for a test.</summary>
public sealed class SuiteTests
{
    [Theory]
    [InlineData("*SealBenchmarks*")]
    [InlineData("*TreeBenchmarks*")]
    [InlineData("*LogBenchmarks*")]
    [InlineData("*ExtentBenchmarks*")]
    [InlineData("*FuseBenchmarks*")]
    [InlineData("*CounterBenchmarks*")]
    public void Every_benchmark_runs(string filter) => Suite.Run([Suite.DryOption, "--filter", filter]).ShouldBe(0);

    [Fact]
    public void A_benchmark_that_fails_is_noticed() => Suite.Run([Suite.DryOption, "--filter", "*"], typeof(FailingBenchmarks).Assembly).ShouldNotBe(0);

    [Fact]
    public void A_filter_that_chooses_nothing_is_no_success() => Suite.Run([Suite.DryOption, "--filter", "*NoSuchBenchmarks*"]).ShouldNotBe(0);
}
