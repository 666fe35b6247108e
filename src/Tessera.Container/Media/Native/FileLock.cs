using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct flock</c> of fcntl(2), on 64-bit Linux.</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct FileLock
{
    public short Type;
    public short Whence;
    public long Start;
    public long Length;
    public int ProcessId;
}
