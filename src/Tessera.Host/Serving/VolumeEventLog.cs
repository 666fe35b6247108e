using Tessera.Container.Media;
using Tessera.Core.FileSystem;
using Tessera.Fuse;
using Tessera.Host.Logging;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>Writes what the layers below report into the daemon's log.</summary>
internal sealed class VolumeEventLog : IVolumeEvents
{
    private readonly EventLog _log;

    public VolumeEventLog(EventLog log) => _log = log;

    public void FileDamaged(ulong ino, string path, ulong offset, string reason) =>
        _log.Error("file_damaged", ("path", path), ("ino", ino), ("offset", offset), ("reason", reason));

    public void WriteBackFailed(ulong ino, FsError error) =>
        _log.Error("write_back_failed", ("ino", ino), ("error", error));

    public void BackgroundFault(string task, string reason) =>
        _log.Error("background_fault", ("task", task), ("reason", reason));

    /// <summary>The container's one sentence about damage, or about turning read-only.</summary>
    public void StoreReported(string sentence) => _log.Error("store", ("message", sentence));

    /// <summary>What is remembered outside the volume could not be read or written.</summary>
    public void NotRemembered(string sentence) => _log.Warning("rollback_memory", ("message", sentence));

    /// <summary>The disk does not answer, or does again: what waits for it looks like a hang of ours.</summary>
    public void MediumStalled(StalledCall stalled) => _log.Warning(
        stalled.HasEnded ? "medium_resumed" : "medium_stalled",
        ("call", stalled.Call.ToString().ToLowerInvariant()),
        ("offset", stalled.Offset),
        ("bytes", stalled.Length),
        ("seconds", Math.Round(stalled.Waited.TotalSeconds, 1)));

    public void FuseFailed(FuseFault fault)
    {
        if (fault.Exception is { } exception)
        {
            _log.Fault("request_failed", exception);
        }
        else
        {
            _log.Warning("fuse", ("message", fault.Message), ("opcode", fault.Opcode));
        }
    }
}
