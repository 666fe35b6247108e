using System.Runtime.InteropServices;

namespace Tessera.Container.Media.Native;

/// <summary><c>struct iocb</c> (linux/aio_abi.h) of a little-endian machine.</summary>
[StructLayout(LayoutKind.Explicit, Size = 64)]
internal unsafe struct ControlBlock
{
    /// <summary>Comes back with the completion.</summary>
    [FieldOffset(0)]
    public ulong Data;

    [FieldOffset(16)]
    public PieceOperation Operation;

    [FieldOffset(20)]
    public int Descriptor;

    [FieldOffset(24)]
    public byte* Start;

    [FieldOffset(32)]
    public ulong Length;

    [FieldOffset(40)]
    public long Offset;
}
