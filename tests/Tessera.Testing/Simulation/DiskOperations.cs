namespace Tessera.Testing.Simulation;

/// <summary>Kinds of operation on a medium; a set, so that a fault can be meant for several.</summary>
[Flags]
public enum DiskOperations
{
    None = 0,
    Read = 1,
    CachedWrite = 2,
    DirectWrite = 4,
    DurableWrite = 8,
    Write = CachedWrite | DirectWrite | DurableWrite,
    Flush = 16,
    Grow = 32,
    Punch = 64,

    /// <summary>All that can change the disk: what a <see cref="DiskTrace"/> is made of.</summary>
    Change = Write | Flush | Grow | Punch,
    Any = Read | Change,
}
