using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct iovec</c> (readv(2)).</summary>
[StructLayout(LayoutKind.Sequential)]
internal unsafe struct IoVector
{
    public byte* Start;
    public nuint Length;
}
