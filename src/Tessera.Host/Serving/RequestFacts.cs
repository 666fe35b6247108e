using Tessera.Fuse;

namespace Tessera.Host.Serving;

/// <summary>The kernel's requests and the threads for them, at this moment.</summary>
/// <param name="InService">Being served.</param>
/// <param name="Limit">The most that are served at a time; more wait in the kernel.</param>
/// <param name="WaitingInKernel">Sent and not answered, those in service among them; null where the kernel does not show it (/sys/fs/fuse/connections).</param>
/// <param name="Threads">Threads made for requests so far.</param>
/// <param name="ParkedThreads">Of those, the ones nobody needs now.</param>
/// <param name="PoolThreads">Threads for what does not end at once, and for work in the background.</param>
/// <param name="PoolQueue">Work that waits for one of these.</param>
internal sealed record RequestFacts(
    int InService, int Limit, int? WaitingInKernel, int Threads, int ParkedThreads, int PoolThreads, long PoolQueue)
{
    /// <param name="server">The server.</param>
    /// <param name="waitingFile">The kernel's file of waiting requests.</param>
    public static RequestFacts Of(FuseServer server, string waitingFile) => new(
        server.OutstandingRequests,
        server.MaxOutstandingRequests,
        ReadWaiting(waitingFile),
        server.Threads,
        server.ParkedThreads,
        ThreadPool.ThreadCount,
        ThreadPool.PendingWorkItemCount);

    private static int? ReadWaiting(string path)
    {
        try
        {
            return int.TryParse(File.ReadAllText(path), out int waiting) ? waiting : null;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            return null; // The control file system is not mounted here, or is another user's: one figure less.
        }
    }
}
