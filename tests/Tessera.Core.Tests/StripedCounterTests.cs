namespace Tessera.Core.Tests;

public sealed class StripedCounterTests
{
    [Fact]
    public void What_many_threads_add_is_all_there()
    {
        var counter = new StripedCounter();

        Parallel.For(0, 100_000, i => counter.Add(i % 10));

        counter.Value.ShouldBe(450_000);
    }

    [Fact]
    public void Adding_allocates_nothing()
    {
        var counter = new StripedCounter();
        counter.Increment();
        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < 10_000; i++)
        {
            counter.Increment();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);
    }
}
