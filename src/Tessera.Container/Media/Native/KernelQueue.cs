using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary>The system calls of io_submit(2), which glibc has no functions for. Each returns -1 on failure and leaves errno in <see cref="Marshal.GetLastPInvokeError"/>.</summary>
internal static unsafe partial class KernelQueue
{
    private static readonly bool s_isX64 = RuntimeInformation.ProcessArchitecture == Architecture.X64;

    /// <summary>Whether the numbers of the calls are known for this processor.</summary>
    public static bool IsKnown { get; } = RuntimeInformation.ProcessArchitecture is Architecture.X64 or Architecture.Arm64;

    public static long Setup(uint capacity, nuint* context) => Call(s_isX64 ? 206 : 0, capacity, (nuint)context, 0, 0, 0);

    public static long Destroy(nuint context) => Call(s_isX64 ? 207 : 1, context, 0, 0, 0, 0);

    public static long Submit(nuint context, int count, ControlBlock** blocks) => Call(s_isX64 ? 209 : 2, context, (nuint)count, (nuint)blocks, 0, 0);

    /// <summary>Waits for at least so many.</summary>
    public static long GetEvents(nuint context, int least, Completion* completions, int most) =>
        Call(s_isX64 ? 208 : 4, context, (nuint)least, (nuint)most, (nuint)completions, 0);

    [LibraryImport("libc", EntryPoint = "syscall", SetLastError = true)]
    private static partial long Call(nint number, nuint first, nuint second, nuint third, nuint fourth, nuint fifth);
}
