namespace Tessera.Host.Metering;

/// <summary>The operations of a file system that are counted, in the order in which they are shown.</summary>
internal enum Operation
{
    Lookup,
    GetAttributes,
    SetAttributes,
    Access,
    ReadLink,
    MakeNode,
    Create,
    Link,
    Unlink,
    RemoveDirectory,
    Rename,
    Open,
    Read,
    Write,
    Allocate,
    Copy,
    Seek,
    Flush,
    Sync,
    Release,
    OpenDirectory,
    ReadDirectory,
    ReleaseDirectory,
    SetXattr,
    GetXattr,
    ListXattrs,
    RemoveXattr,
    Statistics,
}
