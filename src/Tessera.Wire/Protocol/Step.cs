using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>A step of a request with its arguments; those that its operation does not have are left alone. Names and data are lent.</summary>
internal record struct Step
{
    public OpCode Operation;
    public ulong Ino;
    public ulong Handle;
    public ulong Offset;
    public ulong Length;
    public uint Flags;
    public uint Mode;
    public uint Rdev;
    public ulong OtherIno;
    public ulong OtherHandle;
    public ulong OtherOffset;
    public AttributeChanges Changes;
    public ReadOnlyMemory<byte> Name;
    public ReadOnlyMemory<byte> OtherName;
    public ReadOnlyMemory<byte> Data;
}
