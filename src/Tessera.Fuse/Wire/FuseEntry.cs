using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>
/// <c>struct fuse_entry_out</c>: a name resolved. A reply with a non-zero <c>NodeId</c> adds one to the kernel's lookup count of that node,
/// to be taken back by FORGET. <c>NodeId</c> zero with no error is a cached negative entry.
/// </summary>
[StructLayout(LayoutKind.Sequential, Size = 128)]
public struct FuseEntry
{
    public ulong NodeId { get; set; }

    public ulong Generation { get; set; }

    public ulong EntrySeconds { get; set; }

    public ulong AttributesSeconds { get; set; }

    public uint EntryNanoseconds { get; set; }

    public uint AttributesNanoseconds { get; set; }

    public FuseAttributes Attributes;

    /// <summary>How long the kernel may use the name without asking again.</summary>
    public TimeSpan EntryTimeout
    {
        readonly get => CacheTime.ToTimeSpan(EntrySeconds, EntryNanoseconds);
        set => (EntrySeconds, EntryNanoseconds) = CacheTime.Split(value);
    }

    /// <summary>How long the kernel may use the attributes without asking again.</summary>
    public TimeSpan AttributesTimeout
    {
        readonly get => CacheTime.ToTimeSpan(AttributesSeconds, AttributesNanoseconds);
        set => (AttributesSeconds, AttributesNanoseconds) = CacheTime.Split(value);
    }
}
