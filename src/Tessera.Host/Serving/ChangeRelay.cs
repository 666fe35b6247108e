using Tessera.Core.FileSystem;

namespace Tessera.Host.Serving;

/// <summary>Hands on what others change at the other end of the wire: a bounded queue between the connection, which must not wait, and those who are told, one after the other and in order.</summary>
/// <param name="tell">Told of each change, on a thread that may wait: there is one while there are changes.</param>
/// <param name="onFault">Told of faults, each of which is that of one change.</param>
internal sealed class ChangeRelay(Action<FileChange> tell, Action<Exception> onFault)
{
    /// <summary>Changes that wait to be told; with one more, all that is said is that anything may have changed.</summary>
    private const int MaxWaiting = 4096;

    private readonly Lock gate = new();
    private readonly Queue<FileChange> waiting = new();
    private bool isTelling;
    private bool isOver;

    public void Add(FileChange change)
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            if (waiting.Count >= MaxWaiting)
            {
                waiting.Clear();
                change = FileChange.Everything;
            }

            waiting.Enqueue(change);
            if (isTelling)
            {
                return;
            }

            isTelling = true;
        }

        new Thread(TellAll) { IsBackground = true, Name = "changes" }.Start();
    }

    /// <summary>Nobody is told any more.</summary>
    public void End()
    {
        lock (gate)
        {
            isOver = true;
            waiting.Clear();
        }
    }

    private void TellAll()
    {
        while (TryTake(out FileChange? change))
        {
            try
            {
                tell(change);
            }
#pragma warning disable CA1031 // The thread's last loop: one change is not told, the next ones are.
            catch (Exception fault)
#pragma warning restore CA1031
            {
                onFault(fault);
            }
        }
    }

    private bool TryTake([System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out FileChange? change)
    {
        lock (gate)
        {
            isTelling = waiting.TryDequeue(out change);
            return isTelling;
        }
    }
}
