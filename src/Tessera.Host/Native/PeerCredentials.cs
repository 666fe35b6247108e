using System.Runtime.InteropServices;

namespace Tessera.Host.Native;

/// <summary>struct ucred: who is at the other end of a Unix socket (unix(7), SO_PEERCRED).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct PeerCredentials
{
    public int ProcessId;
    public uint UserId;
    public uint GroupId;
}
