using System.Runtime.InteropServices;

namespace Tessera.HostFiles.Native;

/// <summary><c>struct iovec</c>.</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint Length;
}
