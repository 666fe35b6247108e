namespace Tessera.Conformance.Tests.Calls;

/// <summary>open(2), as x86-64 has them.</summary>
internal static class OpenFlag
{
    public const int ReadOnly = 0;
    public const int WriteOnly = 1;
    public const int ReadWrite = 2;
    public const int Create = 0x40;
    public const int Exclusive = 0x80;
    public const int Truncate = 0x200;
    public const int Append = 0x400;
    public const int NonBlocking = 0x800;
    public const int DataSync = 0x1000;
    public const int Direct = 0x4000;
    public const int Directory = 0x10000;
    public const int NoFollow = 0x20000;
    public const int NoAccessTime = 0x40000;
    public const int Sync = 0x101000;
    public const int Path = 0x200000;
    public const int Temporary = 0x410000;
}
