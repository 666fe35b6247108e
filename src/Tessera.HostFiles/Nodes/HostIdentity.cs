using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Nodes;

/// <summary>Which inode of the host it is. The host may use a number again after a deletion; with the time of birth it is told from its successor.</summary>
internal readonly record struct HostIdentity(uint DeviceMajor, uint DeviceMinor, ulong Ino, StatxTime Birth)
{
    public static HostIdentity Of(in Statx stat) =>
        new(stat.DeviceMajor, stat.DeviceMinor, stat.Ino, (stat.Mask & Statx.BirthTimeKnown) != 0 ? stat.BirthTime : default);
}
