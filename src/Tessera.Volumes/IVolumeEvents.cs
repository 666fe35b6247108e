using Tessera.Core.FileSystem;

namespace Tessera.Volumes;

/// <summary>Takes what an operator must know and no caller can be told. Called from any thread, with locks held: hand it on, do not
/// work.</summary>
public interface IVolumeEvents
{
    /// <summary>Bytes of a file could not be read; the read answered <see cref="FsError.IO"/> and the volume goes on.</summary>
    /// <param name="ino">The file.</param>
    /// <param name="path">Its path from the root, "?" for the parts not found.</param>
    /// <param name="offset">Where the read began.</param>
    /// <param name="reason">What the store said.</param>
    void FileDamaged(ulong ino, string path, ulong offset, string reason);

    /// <summary>Acknowledged bytes could not be stored; they stay in memory, are tried again, and the next flush, fsync or close reports
    /// the error.</summary>
    void WriteBackFailed(ulong ino, FsError error);

    /// <summary>Work in the background met a fault and will be tried again.</summary>
    /// <param name="task">What was being done.</param>
    /// <param name="reason">What went wrong.</param>
    void BackgroundFault(string task, string reason);
}
