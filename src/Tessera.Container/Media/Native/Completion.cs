using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct io_event</c> (linux/aio_abi.h).</summary>
[StructLayout(LayoutKind.Sequential)]
internal struct Completion
{
    public ulong Data;
    public ulong ControlBlock;

    /// <summary>Bytes, or an error number, negative.</summary>
    public long Result;
    public long Result2;
}
