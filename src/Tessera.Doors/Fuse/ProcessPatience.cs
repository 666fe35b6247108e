using System.Globalization;
using Tessera.Core.FileSystem;

namespace Tessera.Doors.Fuse;

/// <summary>Whether a thread that waits in the kernel for an answer of ours has been killed.</summary>
/// <remarks>FUSE_INTERRUPT says only that some signal came, once: the runtimes of some languages send themselves signals all the time, and their programs take no EINTR from
/// stat(2). A signal that ends a program shows as a pending SIGKILL of each of its threads (signal(7); <c>complete_signal</c> of the kernel), and stays pending until the answer is there.</remarks>
internal sealed class ProcessPatience : IPatience
{
    /// <summary>SIGKILL, 9, in a mask of signals.</summary>
    private const ulong Killed = 1UL << 8;

    private ProcessPatience()
    {
    }

    public static ProcessPatience Instance { get; } = new();

    public bool IsDying(in Caller caller) =>
        ulong.TryParse(ProcessStatus.ValueOf(caller.Pid, "SigPnd:"), NumberStyles.HexNumber | NumberStyles.AllowLeadingWhite, CultureInfo.InvariantCulture, out ulong pending)
        && (pending & Killed) != 0;
}
