using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_attr_out</c>: attributes and how long the kernel may use them without asking again.</summary>
[StructLayout(LayoutKind.Sequential, Size = 104)]
public struct FuseAttributesReply
{
    public FuseAttributesReply(in FuseAttributes attributes, TimeSpan timeout)
    {
        Attributes = attributes;
        Timeout = timeout;
    }

    public ulong Seconds { get; set; }

    public uint Nanoseconds { get; set; }

    internal uint Reserved { get; set; }

    public FuseAttributes Attributes;

    public TimeSpan Timeout
    {
        readonly get => CacheTime.ToTimeSpan(Seconds, Nanoseconds);
        set => (Seconds, Nanoseconds) = CacheTime.Split(value);
    }
}
