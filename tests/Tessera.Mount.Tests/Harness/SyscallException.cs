using System.Runtime.InteropServices;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A system call failed.</summary>
internal sealed class SyscallException(int errno, string call, string path)
    : Exception($"{call} of {path}: {Marshal.GetPInvokeErrorMessage(errno)} ({errno})")
{
    public const int NoEntry = 2;
    public const int IoError = 5;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int NotConnected = 107;
    public const int ConnectionAborted = 103;

    public int Errno => errno;

    /// <summary>The daemon is gone.</summary>
    public bool IsDeadMount => errno is NotConnected or ConnectionAborted;
}
