using System.Diagnostics;

namespace Tessera.Fuse.Tests;

/// <summary>Whether the processors have more to do than there are of them.</summary>
public sealed class RunQueueTests
{
    [Theory]
    [InlineData("0.20 0.18 0.12 3/312 4567\n", 3)]
    [InlineData("12.00 8.10 4.55 17/1204 99812\n", 17)]
    [InlineData("0.00 0.00 0.00 1/80 1\n", 1)]
    [InlineData("0.20 0.18 0.12\n", 0)]
    [InlineData("0.20 0.18 0.12 x/3 1\n", 0)]
    [InlineData("0.20 0.18 0.12 3", 0)]
    [InlineData("", 0)]
    public void Number_of_threads_that_want_to_run_is_read(string line, int running) =>
        RunQueue.Running(System.Text.Encoding.ASCII.GetBytes(line)).ShouldBe(running);

    [Fact]
    public void Threads_that_never_sleep_on_every_processor_are_a_crowd()
    {
        using var queue = new RunQueue();
        var stop = false;
        void Work()
        {
            while (!Volatile.Read(ref stop))
                Thread.SpinWait(100);
        }

        Thread[] busy = [.. Enumerable.Range(0, Environment.ProcessorCount + 1).Select(_ => new Thread(Work))];
        foreach (var thread in busy)
            thread.Start();
        try
        {
            // Each look is as if long after the one before; a busy thread may be off its processor for a moment.
            var later = Stopwatch.GetTimestamp();
            SpinWait.SpinUntil(() => queue.IsCrowded(later += Stopwatch.Frequency), TimeSpan.FromSeconds(30)).ShouldBeTrue();
        }
        finally
        {
            Volatile.Write(ref stop, true);
            foreach (var thread in busy)
                thread.Join();
        }
    }

    [Fact]
    public void Answer_is_kept_for_a_moment()
    {
        var queue = new RunQueue();
        var now = Stopwatch.GetTimestamp();
        var answer = queue.IsCrowded(now);
        queue.Dispose(); // From now on the system tells nothing.
        queue.IsCrowded(now + 1).ShouldBe(answer);
        queue.IsCrowded(now + Stopwatch.Frequency).ShouldBeFalse();
    }
}
