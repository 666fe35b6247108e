using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>
/// What the daemon tells the kernel unasked, to keep its caches true. Each answers zero or an errno: ENOENT when the kernel does not hold
/// the inode or name in question, which mostly is as good as done; ENODEV when the connection has ended.
/// </summary>
/// <remarks>
/// The kernel takes locks for this: an inode's pages, a directory's lock. Never call it from a handler for the same inode or directory,
/// nor while holding a lock such a handler needs; on a reader thread the role is passed on first.
/// </remarks>
public sealed class FuseNotifier
{
    private const uint ExpireOnly = 1;
    private const int LongestName = 255;
    private readonly IFuseTransport _transport;
    private readonly TaskCompletionSource _idle = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private int _users = 1;

    internal FuseNotifier(IFuseTransport transport)
    {
        _transport = transport;
    }

    /// <summary>
    /// Drops cached attributes, and cached data from <paramref name="offset"/> on: <paramref name="length"/> bytes, all if zero, none if
    /// <paramref name="offset"/> is negative.
    /// </summary>
    public Errno InvalidateInode(ulong nodeId, long offset = 0, long length = 0) =>
        Send(NotifyCode.InvalidateInode, new InvalidateInodeOut(nodeId, offset, length), default);

    /// <summary>
    /// Drops a cached name, found or not found, from a directory; with <paramref name="expireOnly"/> (7.38) it is only asked for again.
    /// </summary>
    public Errno InvalidateEntry(ulong parent, ReadOnlySpan<byte> name, bool expireOnly = false) =>
        SendNamed(NotifyCode.InvalidateEntry, new InvalidateEntryOut(parent, (uint)name.Length, expireOnly ? ExpireOnly : 0), name);

    /// <summary>As <see cref="InvalidateEntry"/> for a name that has been removed: watchers and working directories see it gone.</summary>
    public Errno Delete(ulong parent, ulong child, ReadOnlySpan<byte> name) =>
        SendNamed(NotifyCode.Delete, new DeleteOut(parent, child, (uint)name.Length), name);

    /// <summary>Puts data into the page cache of an inode the kernel knows, extending its size if need be.</summary>
    public Errno Store(ulong nodeId, ulong offset, ReadOnlySpan<byte> data) =>
        Send(NotifyCode.Store, new StoreOut(nodeId, offset, (uint)data.Length), data);

    /// <summary>Asks for cached data; what there is arrives at <see cref="FuseFileSystem.Retrieved"/>.</summary>
    public Errno Retrieve(ulong nodeId, ulong offset, uint size) =>
        Send(NotifyCode.Retrieve, new RetrieveOut(NotifyUnique: nodeId, nodeId, offset, size), default);

    /// <summary>Wakes pollers of an earlier <see cref="PollArguments.KernelHandle"/>.</summary>
    public Errno Poll(ulong kernelHandle) => Send(NotifyCode.Poll, kernelHandle, default);

    /// <summary>Asks for every unanswered request again (7.40): for a daemon that took over the descriptor of another.</summary>
    public Errno Resend() => Send(NotifyCode.Resend, default);

    /// <summary>Makes every cached name be asked for again (7.44).</summary>
    public Errno IncrementEpoch() => Send(NotifyCode.IncrementEpoch, default);

    private static ReadOnlySpan<byte> Bytes<T>(in T value)
        where T : unmanaged => MemoryMarshal.AsBytes(new ReadOnlySpan<T>(in value));

    private Errno SendNamed<T>(NotifyCode code, in T body, ReadOnlySpan<byte> name)
        where T : unmanaged
    {
        if (name.IsEmpty || name.Length > LongestName)
            return Errno.EINVAL;

        Span<byte> terminated = stackalloc byte[LongestName + 1];
        name.CopyTo(terminated);
        terminated[name.Length] = 0;
        return Send(code, body, terminated[..(name.Length + 1)]);
    }

    private Errno Send<T>(NotifyCode code, in T body, ReadOnlySpan<byte> rest)
        where T : unmanaged
    {
        Span<byte> head = stackalloc byte[Unsafe.SizeOf<OutHeader>() + Unsafe.SizeOf<T>()];
        Bytes(body).CopyTo(head[Unsafe.SizeOf<OutHeader>()..]);
        return Send(code, head, rest);
    }

    private Errno Send(NotifyCode code, ReadOnlySpan<byte> rest)
    {
        Span<byte> head = stackalloc byte[Unsafe.SizeOf<OutHeader>()];
        return Send(code, head, rest);
    }

    private Errno Send(NotifyCode code, Span<byte> head, ReadOnlySpan<byte> rest)
    {
        // Notifications are told from replies by a unique of zero; the code travels as the error.
        MemoryMarshal.Write(head, new OutHeader((uint)(head.Length + rest.Length), (int)code, Unique: 0));
        if (!TryUse())
            return Errno.ENODEV;

        try
        {
            FuseServer.PassReaderRole();
            return (Errno)(-_transport.Write(head, rest));
        }
        finally
        {
            LetGo();
        }
    }

    /// <summary>
    /// Sends nothing any more; completes when nothing is being sent. The transport may then be closed: its descriptor's number will be
    /// another file's.
    /// </summary>
    internal Task CloseAsync()
    {
        LetGo();
        return _idle.Task;
    }

    private bool TryUse()
    {
        var seen = Volatile.Read(ref _users);
        while (seen > 0)
        {
            var before = Interlocked.CompareExchange(ref _users, seen + 1, seen);
            if (before == seen)
                return true;
            seen = before;
        }

        return false;
    }

    private void LetGo()
    {
        if (Interlocked.Decrement(ref _users) == 0)
            _idle.SetResult();
    }
}
