using Tessera.Core.FileSystem;
using Tessera.Volumes;

namespace Tessera.Host.Copying;

/// <summary>Remembers that a volume met damage: a reader is told of an I/O error only.</summary>
internal sealed class DamageWatch : IVolumeEvents
{
    private volatile bool found;

    public bool Found => found;

    public void FileDamaged(ulong ino, string path, ulong offset, string reason) => found = true;

    /// <summary>The flush that follows reports it.</summary>
    public void WriteBackFailed(ulong ino, FsError error)
    {
    }

    public void BackgroundFault(string task, string reason)
    {
    }
}
