namespace Tessera.Core.FileSystem;

/// <summary>Who asks: the credentials every operation is judged and recorded by.</summary>
/// <param name="Uid">Effective user id.</param>
/// <param name="Gid">Effective group id.</param>
/// <param name="Pid">Process id where the door knows it, else 0.</param>
/// <param name="Door">The door the request came through.</param>
/// <param name="KernelChecked">The kernel has already checked permissions (FUSE with <c>default_permissions</c>): the engine does not check again.</param>
public readonly record struct Caller(uint Uid, uint Gid, uint Pid, Door Door, bool KernelChecked)
{
    /// <summary>Supplementary groups; empty when the door does not know them.</summary>
    public ReadOnlyMemory<uint> Groups { get; init; }

    /// <summary>Asked about further groups, where the door can look them up; it takes a system call or more.</summary>
    public IMembership? Membership { get; init; }

    /// <summary>Asked whether the caller still waits, where the door can find out; it takes a system call or more.</summary>
    public IPatience? Patience { get; init; }

    /// <summary>The mode bits that files made by the caller do not get (umask(2)). The file system takes them away, except in a directory
    /// with a default access control list; 0 where the door has done so.</summary>
    public uint Umask { get; init; }

    /// <summary>A session of the door, 0 where it has none.</summary>
    public ulong Session { get; init; }

    /// <summary>Fires when the caller no longer waits (FUSE_INTERRUPT, a closed connection). Only operations that may wait long look at it.</summary>
    public CancellationToken Cancellation { get; init; }

    /// <summary>The door was not told who asks: an id-mapped FUSE mount tells it only where something is made. The kernel has checked.</summary>
    public bool IsUnknown => Uid == uint.MaxValue;

    /// <summary>Whether the group is the caller's, or one of the caller's supplementary groups as far as the door knows them.</summary>
    public bool IsMember(uint gid) => Gid == gid || Groups.Span.Contains(gid);

    /// <summary>The same, and the door looks up what it does not know: for decisions that are seldom to be made.</summary>
    public bool IsMemberSurely(uint gid) => IsMember(gid) || (Membership is { } membership && membership.IsMember(this, gid));

    /// <summary>The engine itself, for its own work: collecting orphans, tests of the store.</summary>
    public static Caller Engine { get; } = new(0, 0, 0, Door.Internal, KernelChecked: true);
}
