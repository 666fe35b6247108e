using Tessera.Host.CommandLine;
using Tessera.Host.Serving;

namespace Tessera.Host.Tests;

public sealed class MemoryPlanTests
{
    [Theory]
    [InlineData(128L << 20)]
    [InlineData(300L << 20)]
    [InlineData(64L << 30)]
    public void All_caches_together_stay_within_the_memory_given(long bytes)
    {
        MemoryPlan plan = MemoryPlan.For(bytes);

        (plan.DirtyBytes + plan.BlockCacheBytes + plan.NodeCacheBytes + (2 * plan.TableBytes) + (plan.CachedInodes * 512L)).ShouldBeLessThan(bytes);
        plan.CachedInodes.ShouldBeGreaterThan(1000);
    }

    [Fact]
    public void Too_little_memory_is_refused() =>
        Should.Throw<CommandException>(() => MemoryPlan.For((128L << 20) - 1)).Code.ShouldBe(ExitCode.Usage);
}
