using System.Collections.Concurrent;
using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Tests;

/// <summary>Keeps what the volume tells its operator.</summary>
internal sealed class RecordingEvents : IVolumeEvents
{
    public ConcurrentQueue<(ulong Ino, string Path)> Damaged { get; } = new();

    public ConcurrentQueue<FsError> Failed { get; } = new();

    public ConcurrentQueue<string> Faults { get; } = new();

    public void FileDamaged(ulong ino, string path, ulong offset, string reason) => Damaged.Enqueue((ino, path));

    public void WriteBackFailed(ulong ino, FsError error) => Failed.Enqueue(error);

    public void BackgroundFault(string task, string reason) => Faults.Enqueue($"{task}: {reason}");
}
