using System.Runtime.InteropServices;

namespace Tessera.HostFiles.Native;

/// <summary><c>struct timespec</c> of 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct TimeSpec
{
    public long Seconds;
    public long Nanoseconds;
}
