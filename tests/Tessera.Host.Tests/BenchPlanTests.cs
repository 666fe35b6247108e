using Tessera.Host.Bench;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Tests;

public sealed class BenchPlanTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_health_check_takes_a_quarter_of_the_free_space_at_most(bool full)
    {
        for (long free = 80L << 20; free < 1L << 40; free *= 2)
        {
            BenchPlan plan = BenchPlan.For(full, free);

            plan.Bytes.ShouldBeLessThanOrEqualTo(free / 4);
            plan.FileBytes.ShouldBeGreaterThanOrEqualTo(16L << 20);
            (plan.FileBytes % BenchPlan.ChunkBytes).ShouldBe(0);
        }
    }

    [Fact]
    public void Too_little_space_is_refused_before_anything_is_written() =>
        Should.Throw<CommandException>(() => BenchPlan.For(full: false, 32L << 20)).Code.ShouldBe(ExitCode.NoSpace);

    [Fact]
    public void A_share_of_the_native_speed_decides_and_a_slow_row_says_what_to_look_at()
    {
        Workload workload = Workloads.All[0];
        var native = new Measurement(1000, 1, 1);

        BenchRow good = BenchRow.Judge(workload, new Measurement(1000 * workload.GoodShare, 1, 1), native);
        BenchRow slow = BenchRow.Judge(workload, new Measurement(999 * workload.GoodShare, 1, 1), native);

        (good.Good, good.Advice).ShouldBe((true, null));
        (slow.Good, slow.Advice).ShouldBe((false, workload.Advice));
    }

    [Fact]
    public void Without_a_native_speed_the_reference_is_the_measure()
    {
        Workload workload = Workloads.All[0];

        BenchRow row = BenchRow.Judge(workload, new Measurement(workload.ReferencePerSecond, 1, 1), native: null);

        (row.ReferencePerSecond, row.Share, row.Good).ShouldBe((workload.ReferencePerSecond, 1, true));
    }
}
