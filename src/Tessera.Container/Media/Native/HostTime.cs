using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct timespec</c> of a 64-bit host.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct HostTime
{
    public long Seconds;
    public long Nanoseconds;
}
