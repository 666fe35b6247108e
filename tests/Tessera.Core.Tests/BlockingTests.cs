using Tessera.Core.FileSystem;

namespace Tessera.Core.Tests;

public sealed class BlockingTests
{
    private static int calls;

    [Fact]
    public void What_was_registered_twice_is_told_once()
    {
        Blocking.Register(Count);
        Blocking.Register(Count);
        int before = calls;
        Blocking.Announce();
        (calls - before).ShouldBe(1);
    }

    [Fact]
    public void Timestamps_order_by_seconds_then_nanoseconds()
    {
        (new Timestamp(-1, 999_999_999) < new Timestamp(0, 0)).ShouldBeTrue();
        (new Timestamp(5, 2) > new Timestamp(5, 1)).ShouldBeTrue();
        SystemClock.Instance.Now.ShouldBeGreaterThan(new Timestamp(1_700_000_000, 0));
    }

    private static void Count(Wait wait) => calls++;
}
