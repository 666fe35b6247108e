using Tessera.Host.CommandLine;

namespace Tessera.Host.Opening;

/// <summary>Waits for another process of the same user that tries a passphrase of the same volume; says so once, and can be interrupted.</summary>
internal sealed class TurnWait : IDisposable
{
    private const int PauseMs = 50;
    private Interrupt? interrupt;

    /// <param name="isTaken">False: there is nothing to wait for but that the other has let go.</param>
    /// <exception cref="OperationCanceledException">Interrupted.</exception>
    public void Pass(bool isTaken)
    {
        if (!isTaken)
        {
            return;
        }

        if (interrupt is null)
        {
            interrupt = new Interrupt();
            Console.Error.WriteLine("Another try at the same is under way: waiting for its end.");
        }

        interrupt.Token.WaitHandle.WaitOne(PauseMs);
        interrupt.Token.ThrowIfCancellationRequested();
    }

    public void Dispose() => interrupt?.Dispose();
}
