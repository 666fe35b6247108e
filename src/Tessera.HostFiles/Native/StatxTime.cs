using System.Runtime.InteropServices;
using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Native;

/// <summary><c>struct statx_timestamp</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct StatxTime(long Seconds, uint Nanoseconds)
{
    public Timestamp ToTimestamp() => new(Seconds, Nanoseconds);
}
