using System.Runtime.InteropServices;

namespace Tessera.HostFiles.Native;

/// <summary>struct pollfd of poll(2).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PollDescriptor(int descriptor, short events)
{
    public const short In = 1;

    public int Descriptor = descriptor;
    public short Events = events;
    public short Returned;
}
