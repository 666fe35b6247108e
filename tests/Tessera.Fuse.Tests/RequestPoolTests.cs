namespace Tessera.Fuse.Tests;

public sealed class RequestPoolTests
{
    private const int Rounds = 200;
    private const int Buffers = 32;

    /// <summary>INTERRUPT looks at every buffer without the lock that making one takes.</summary>
    [Fact]
    public async Task An_interrupt_may_look_while_buffers_are_being_made()
    {
        for (int round = 0; round < Rounds; round++)
        {
            var pool = new RequestPool(FuseOptions.LargestMaxWrite, Buffers);
            using var begun = new ManualResetEventSlim();
            using var ended = new CancellationTokenSource();
            Task looking = Task.Run(() =>
            {
                begun.Set();
                while (!ended.IsCancellationRequested)
                {
                    pool.TryInterrupt(1).ShouldBeFalse();
                    pool.Outstanding.ShouldBe(0);
                }
            }, CancellationToken.None);

            begun.Wait(CancellationToken.None);
            FuseRequest[] rented = [.. Enumerable.Range(0, Buffers).Select(_ => pool.Rent()!)];

            await ended.CancelAsync();
            await looking;
            Array.ForEach(rented, pool.Return);
            pool.Close();
            await pool.Idle;
            pool.Free();
        }
    }
}
