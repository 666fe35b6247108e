namespace Tessera.Mount.Tests.Faults;

/// <summary>What a program may ask of a disk.</summary>
internal enum DiskCall
{
    Read,
    Write,
    Flush,
    Allocate,
}
