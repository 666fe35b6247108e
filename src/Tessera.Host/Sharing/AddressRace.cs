using System.Runtime.ExceptionServices;
using System.Security.Cryptography;
using Tessera.Host.CommandLine;
using Tessera.Wire.Transport;

namespace Tessera.Host.Sharing;

/// <summary>Dials the addresses of a server until one answers: each as soon as the one before has failed or is silent (RFC 8305, "Happy Eyeballs"), the first of each without a pause.</summary>
/// <param name="dial">Makes a connection to the address of that number. Faults are <see cref="IOException"/> or <see cref="CommandException"/>.</param>
internal sealed class AddressRace(Func<int, CancellationToken, Task<IFrameTransport>> dial)
{
    /// <summary>An address that has not answered for so long does not keep the next waiting (RFC 8305, section 5: Connection Attempt Delay).</summary>
    public static readonly TimeSpan AttemptDelay = TimeSpan.FromMilliseconds(250);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(50);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(10);

    /// <summary>Told what is wrong where, not for the first time, something else answers in the server's place.</summary>
    public required Action<CommandException> OnUntrusted { get; init; }

    /// <param name="order">The addresses' numbers.</param>
    /// <param name="repeats">What fails is tried again, with longer and longer pauses, until one answers or all refuse this client; otherwise each is tried once.</param>
    /// <param name="cancellation">Ends it.</param>
    /// <exception cref="IOException">None answers.</exception>
    /// <exception cref="CommandException">None does, but to refuse this client, or as another than the server.</exception>
    public async Task<DialledConnection> RunAsync(IReadOnlyList<int> order, bool repeats, CancellationToken cancellation)
    {
        var over = CancellationTokenSource.CreateLinkedTokenSource(cancellation);
        List<Task<DialledConnection>> runners = Start(order, repeats, over.Token);
        try
        {
            return await FirstAsync(runners, cancellation);
        }
        finally
        {
            await over.CancelAsync();
            _ = HangUpAsync(runners, over);
        }
    }

    /// <summary>Up to half of it at random, so that a thousand clients do not come back in one moment.</summary>
    public static TimeSpan Spread(TimeSpan pause) => pause - TimeSpan.FromMilliseconds(RandomNumberGenerator.GetInt32((int)(pause.TotalMilliseconds / 2) + 1));

    private List<Task<DialledConnection>> Start(IReadOnlyList<int> order, bool repeats, CancellationToken cancellation)
    {
        var runners = new List<Task<DialledConnection>>();
        Task turn = Task.CompletedTask;
        foreach (int address in order)
        {
            var tried = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            runners.Add(DialAsync(address, turn, tried, repeats, cancellation));
            turn = TurnAfterAsync(turn, tried.Task, cancellation);
        }

        return runners;
    }

    private static async Task TurnAfterAsync(Task turn, Task tried, CancellationToken cancellation)
    {
        await turn;
        await Task.WhenAny(tried, Task.Delay(AttemptDelay, cancellation));
    }

    /// <summary>The first that has a connection; it is taken from the list, and so are those that failed.</summary>
    private static async Task<DialledConnection> FirstAsync(List<Task<DialledConnection>> runners, CancellationToken cancellation)
    {
        Exception? failure = null;
        while (runners.Count > 0)
        {
            Task<DialledConnection> done = await Task.WhenAny(runners);
            runners.Remove(done);
            try
            {
                return await done;
            }
            catch (Exception fault) when (fault is IOException or CommandException)
            {
                cancellation.ThrowIfCancellationRequested();
                failure = failure is null || (fault is CommandException && failure is IOException) ? fault : failure; // What refuses says more than what does not answer.
            }
        }

        ExceptionDispatchInfo.Throw(failure!);
        throw failure!;
    }

    private async Task<DialledConnection> DialAsync(int address, Task turn, TaskCompletionSource tried, bool repeats, CancellationToken cancellation)
    {
        await turn;
        cancellation.ThrowIfCancellationRequested(); // Another was faster.
        bool wasTold = false;
        for (TimeSpan pause = ShortestPause; ; pause = pause * 2 < LongestPause ? pause * 2 : LongestPause)
        {
            try
            {
                return new DialledConnection(address, await dial(address, cancellation));
            }
            catch (IOException)
            {
                cancellation.ThrowIfCancellationRequested();
                tried.TrySetResult();
                if (!repeats)
                {
                    throw;
                }
            }
            catch (CommandException fault)
            {
                tried.TrySetResult();
                if (!repeats || fault.Code != ExitCode.Untrusted)
                {
                    throw;
                }

                // Something else answers for a while, as in a network that wants a log-in first. It got nothing: the session waits for its server.
                if (!wasTold)
                {
                    OnUntrusted(fault);
                }

                wasTold = true;
            }

            await Task.Delay(Spread(pause), cancellation);
        }
    }

    /// <summary>Those that come too late have told the server nothing but who they are.</summary>
    private static async Task HangUpAsync(List<Task<DialledConnection>> runners, CancellationTokenSource over)
    {
        foreach (Task<DialledConnection> late in runners)
        {
            try
            {
                (await late).Transport.Dispose();
            }
            catch (Exception fault) when (fault is IOException or CommandException or OperationCanceledException)
            {
                // It lost anyway.
            }
        }

        over.Dispose();
    }
}
