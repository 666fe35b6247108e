using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_setattr_in</c>: only the fields named in <see cref="Valid"/> are to be set.</summary>
[StructLayout(LayoutKind.Sequential, Size = 88)]
public readonly struct SetAttributesArguments
{
    public SetAttributesFields Valid { get; init; }

    public ulong Handle { get; init; }

    public ulong Size { get; init; }

    public ulong LockOwner { get; init; }

    public long AccessSeconds { get; init; }

    public long ModifySeconds { get; init; }

    public long ChangeSeconds { get; init; }

    public uint AccessNanoseconds { get; init; }

    public uint ModifyNanoseconds { get; init; }

    public uint ChangeNanoseconds { get; init; }

    public uint Mode { get; init; }

    internal uint Reserved { get; init; }

    public uint Uid { get; init; }

    public uint Gid { get; init; }

    /// <summary>Whether <paramref name="field"/> is to be set.</summary>
    public bool Sets(SetAttributesFields field) => (Valid & field) != SetAttributesFields.None;
}
