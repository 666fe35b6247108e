namespace Tessera.Conformance.Tests.Calls;

/// <summary>inode(7): types and permissions.</summary>
internal static class Mode
{
    public const uint File = 0x1A4;
    public const uint Directory = 0x1ED;
    public const uint All = 0x1FF;
    public const uint SetUser = 0x800;
    public const uint SetGroup = 0x400;
    public const uint Sticky = 0x200;
    public const uint GroupExecute = 8;
    public const uint Bits = 0xFFF;
    public const uint TypeMask = 0xF000;
    public const uint Fifo = 0x1000;
    public const uint CharacterDevice = 0x2000;
    public const uint DirectoryType = 0x4000;
    public const uint BlockDevice = 0x6000;
    public const uint Regular = 0x8000;
    public const uint Link = 0xA000;
    public const uint Socket = 0xC000;
}
