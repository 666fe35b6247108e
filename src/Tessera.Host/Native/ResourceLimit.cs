using System.Runtime.InteropServices;

namespace Tessera.Host.Native;

/// <summary>struct rlimit on 64-bit Linux (getrlimit(2)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct ResourceLimit
{
    /// <summary>RLIM_INFINITY.</summary>
    public const ulong Infinity = ulong.MaxValue;

    public ulong Current;
    public ulong Maximum;
}
