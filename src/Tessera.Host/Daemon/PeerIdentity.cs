using System.Net.Sockets;
using System.Runtime.InteropServices;
using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>Who is at the other end of a Unix socket, by the kernel's word (unix(7), SO_PEERCRED).</summary>
internal static class PeerIdentity
{
    /// <exception cref="IOException">The kernel did not say.</exception>
    public static PeerCredentials Of(Socket socket)
    {
        var credentials = default(PeerCredentials);
        uint length = (uint)Marshal.SizeOf<PeerCredentials>();
        int result = Libc.GetSocketOption((int)socket.Handle, Libc.SOL_SOCKET, Libc.SO_PEERCRED, ref credentials, ref length);
        return result == 0 ? credentials : throw new IOException($"SO_PEERCRED: {Libc.Describe(Marshal.GetLastPInvokeError())}");
    }
}
