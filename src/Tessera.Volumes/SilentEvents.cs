using Tessera.Core.FileSystem;

namespace Tessera.Volumes;

/// <summary>For callers with nobody to tell.</summary>
public sealed class SilentEvents : IVolumeEvents
{
    public static SilentEvents Instance { get; } = new();

    public void FileDamaged(ulong ino, string path, ulong offset, string reason)
    {
    }

    public void WriteBackFailed(ulong ino, FsError error)
    {
    }

    public void BackgroundFault(string task, string reason)
    {
    }
}
