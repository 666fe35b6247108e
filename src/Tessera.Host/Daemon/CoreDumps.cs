using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>Keeps what is in this process's memory out of files: a core dump would hold keys and decrypted contents.</summary>
internal static class CoreDumps
{
    /// <summary>No dump by the kernel, also not into a pipe, and no debugger of the same user (prctl(2), PR_SET_DUMPABLE); by setrlimit(2) nobody's children either.</summary>
    /// <exception cref="IOException">The kernel refused, which it has no reason to.</exception>
    public static void Forbid()
    {
        if (Libc.ControlProcess(Libc.PR_SET_DUMPABLE, 0, 0, 0, 0) != 0 || Libc.SetLimit(Libc.RLIMIT_CORE, default) != 0)
        {
            throw new IOException($"Core dumps cannot be forbidden: {Libc.Describe(System.Runtime.InteropServices.Marshal.GetLastPInvokeError())}.");
        }
    }
}
