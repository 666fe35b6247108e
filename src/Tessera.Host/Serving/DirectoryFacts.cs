using Tessera.Core.FileSystem;

namespace Tessera.Host.Serving;

/// <summary>What "tessera info" tells of a mounted directory of this host.</summary>
/// <param name="Volume">"dir:" and the directory.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Pid">The daemon's process.</param>
/// <param name="ReadOnly">Mounted so.</param>
/// <param name="Passthrough">The kernel reads and writes large files by itself.</param>
/// <param name="Space">Of the host's file system.</param>
/// <param name="Started">When it was mounted.</param>
/// <param name="Log">The daemon's log; null when it goes to standard error.</param>
internal sealed record DirectoryFacts(
    string Volume, string MountPoint, int Pid, bool ReadOnly, bool Passthrough, SpaceFacts Space, DateTimeOffset Started, string? Log)
{
    public static SpaceFacts SpaceOf(in FileSystemStatistics host) => new(
        host.Blocks * host.BlockSize, (host.Blocks - host.FreeBlocks) * host.BlockSize, host.AvailableBlocks * host.BlockSize);
}
