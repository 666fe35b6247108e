using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>A file that a program has open. One that was opened for reading while its content was here is opened at the exporter only when that is needed.</summary>
internal sealed class RemoteFile(ulong ino, ulong handle)
{
    private readonly Lock gate = new();
    private readonly long openedAt = Environment.TickCount64;
    private Task<FsResult<ulong>>? opening;
    private bool isClosed;

    public ulong Ino => ino;

    /// <summary>As the door knows it.</summary>
    public ulong Handle => handle;

    /// <summary>How long it has been open, in ms.</summary>
    public long Age => Environment.TickCount64 - openedAt;

    /// <summary>The exporter's handle: opens the file there at the first call, and again where that failed for lack of something.</summary>
    public Task<FsResult<ulong>> OpenedAsync(Caller caller, Func<Caller, ulong, Task<FsResult<ulong>>> open)
    {
        lock (gate)
        {
            if (isClosed)
            {
                return Task.FromResult<FsResult<ulong>>(FsError.BadHandle);
            }

            bool isLost = opening is { IsCompletedSuccessfully: true } && !opening.Result.Ok && opening.Result.Error != FsError.Stale;
            return opening = opening is null || isLost ? open(caller, ino) : opening;
        }
    }

    /// <summary>The program has closed it; what is open at the exporter, or about to be, is to be closed there.</summary>
    public Task<FsResult<ulong>>? Close()
    {
        lock (gate)
        {
            isClosed = true;
            return opening;
        }
    }
}
