namespace Tessera.Wire.Protocol;

/// <summary>A step of a request: an operation of <see cref="Core.FileSystem.IFileSystem"/>.</summary>
public enum OpCode : ushort
{
    Lookup = 1,
    Forget = 2,
    GetAttributes = 3,
    SetAttributes = 4,
    ReadLink = 5,
    MakeNode = 6,
    Create = 7,
    CreateUnnamed = 8,
    Link = 9,
    Unlink = 10,
    RemoveDirectory = 11,
    Rename = 12,
    Open = 13,
    Read = 14,
    Write = 15,
    Allocate = 16,
    CopyRange = 17,
    Seek = 18,
    Flush = 19,
    Sync = 20,
    Release = 21,
    ReadDirectory = 22,
    SetXattr = 23,
    GetXattr = 24,
    ListXattrs = 25,
    RemoveXattr = 26,
    Statistics = 27,
    Lock = 28,
}
