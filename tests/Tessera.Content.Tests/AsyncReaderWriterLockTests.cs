namespace Tessera.Content.Tests;

public sealed class AsyncReaderWriterLockTests
{
    [Fact]
    public void Free_it_is_entered_at_once_and_shared_by_many()
    {
        AsyncReaderWriterLock gate = new();
        gate.EnterSharedAsync().IsCompleted.ShouldBeTrue();
        gate.EnterSharedAsync().IsCompleted.ShouldBeTrue();
        gate.TryEnterExclusive().ShouldBeFalse();
        gate.ExitShared();
        gate.ExitShared();
        gate.IsFree.ShouldBeTrue();
        gate.TryEnterExclusive().ShouldBeTrue();
        gate.EnterSharedAsync().IsCompleted.ShouldBeFalse();
    }

    [Fact]
    public async Task Waiters_enter_in_order_and_a_waiting_writer_stops_new_readers()
    {
        AsyncReaderWriterLock gate = new();
        await gate.EnterSharedAsync();
        Task writer = gate.EnterExclusiveAsync().AsTask();
        Task reader = gate.EnterSharedAsync().AsTask();
        (writer.IsCompleted, reader.IsCompleted).ShouldBe((false, false));
        gate.ExitShared();
        await writer;
        reader.IsCompleted.ShouldBeFalse();
        gate.ExitExclusive();
        await reader;
        gate.ExitShared();
        gate.IsFree.ShouldBeTrue();
    }

    [Fact]
    public async Task Under_contention_an_owner_is_alone_and_readers_see_no_owner()
    {
        AsyncReaderWriterLock gate = new();
        int owners = 0;
        int readers = 0;
        int entered = 0;
        await Task.WhenAll(Enumerable.Range(0, 8).Select(worker => Task.Run(
            async () =>
            {
                Random random = new(worker);
                for (int i = 0; i < 3000; i++)
                {
                    if (random.Next(3) == 0)
                    {
                        await gate.EnterExclusiveAsync();
                        (Interlocked.Increment(ref owners), Volatile.Read(ref readers)).ShouldBe((1, 0));
                        Interlocked.Decrement(ref owners);
                        gate.ExitExclusive();
                    }
                    else
                    {
                        await gate.EnterSharedAsync();
                        Interlocked.Increment(ref readers);
                        Volatile.Read(ref owners).ShouldBe(0);
                        Interlocked.Decrement(ref readers);
                        gate.ExitShared();
                    }

                    Interlocked.Increment(ref entered);
                }
            },
            TestContext.Current.CancellationToken)));
        entered.ShouldBe(8 * 3000);
        gate.IsFree.ShouldBeTrue();
    }
}
