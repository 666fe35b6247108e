namespace Tessera.Container.Backup;

/// <summary>Tells of progress every few MiB, and when asked to stop, stops.</summary>
internal sealed class ProgressMeter(Action<BackupProgress>? progress, long expectedBytes, CancellationToken cancellation)
{
    private const long Step = 4L << 20;
    private long bytes;
    private long told;

    /// <exception cref="OperationCanceledException">Asked to stop.</exception>
    public void Add(long more)
    {
        cancellation.ThrowIfCancellationRequested();
        bytes += more;
        if (bytes - told >= Step)
        {
            Tell();
        }
    }

    public void Tell()
    {
        told = bytes;
        progress?.Invoke(new BackupProgress(bytes, expectedBytes));
    }
}
