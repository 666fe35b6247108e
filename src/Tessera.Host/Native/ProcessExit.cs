using System.Runtime.InteropServices;

namespace Tessera.Host.Native;

/// <summary>Waits for the end of a process that is not our child, without polling (pidfd_open(2)).</summary>
internal sealed class ProcessExit : IDisposable
{
    private readonly int _descriptor;

    private ProcessExit(int descriptor) => _descriptor = descriptor;

    /// <summary>Null when there is no such process any more, or the kernel is older than 5.3.</summary>
    public static ProcessExit? Watch(int processId)
    {
        nint descriptor = Libc.SystemCall(Libc.SYS_pidfd_open, processId, 0);
        return descriptor < 0 ? null : new ProcessExit((int)descriptor);
    }

    /// <summary>True when the process has ended; false when the time is over first.</summary>
    public bool Wait(TimeSpan limit)
    {
        long deadline = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        while (true)
        {
            var watched = new PollDescriptor { Descriptor = _descriptor, Events = Libc.POLLIN };
            int remainingMs = (int)Math.Clamp(deadline - Environment.TickCount64, 0, int.MaxValue);
            int ready = Libc.Poll(ref watched, 1, remainingMs);
            if (ready > 0)
            {
                return true;
            }

            if (ready == 0 || Marshal.GetLastPInvokeError() != Libc.EINTR)
            {
                return false;
            }
        }
    }

    public void Dispose() => _ = Libc.Close(_descriptor);
}
