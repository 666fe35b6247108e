namespace Tessera.HostFiles.Native;

/// <summary>Constants of the system calls, Linux's on every architecture unless said otherwise.</summary>
internal static class Flag
{
    public const int NonBlocking = 0x800;
    public const int Append = 0x400;
    public const int NoFollow = 0x20000;
    public const int Directory = 0x10000;
    public const int CloseOnExec = 0x80000;
    public const int Path = 0x200000;
    public const int TemporaryFile = 0x410000;

    /// <summary>OPEN_TREE_CLONE, without what is mounted beneath.</summary>
    public const int CloneTree = 1;

    public const ulong ResolveNoCrossing = 1;
    public const ulong ResolveNoMagicLinks = 2;
    public const ulong ResolveNoSymlinks = 4;
    public const ulong ResolveBeneath = 8;
    public const ulong ResolveCached = 0x20;

    /// <summary>What every name is resolved with: it stays on the root's mount and beneath the directory, and passes through no link of any kind.</summary>
    public const ulong Confined = ResolveBeneath | ResolveNoMagicLinks | ResolveNoSymlinks | ResolveNoCrossing;

    public const int AtCurrentDirectory = -100;
    public const int AtNoFollow = 0x100;
    public const int AtRemoveDirectory = 0x200;
    public const int AtFollow = 0x400;
    public const int AtNoAutomount = 0x800;
    public const int AtEmptyPath = 0x1000;

    public const long TimeNow = (1L << 30) - 1;
    public const long TimeOmit = (1L << 30) - 2;

    public const int ReadNoWait = 8;
    public const int WriteDataSync = 2;

    public const int CloneFileSystem = 0x200;
    public const int SetSecureBits = 28;
    public const int GetSecureBits = 27;
    public const int NoSetUidFixup = 4;

    public const nuint GetInodeFlags = 0x80086601;
    public const nuint SetInodeFlags = 0x40086602;
}
