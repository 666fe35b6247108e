using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <content>Operations on open files.</content>
public sealed unsafe partial class HostDirectory
{
    /// <summary>EOPNOTSUPP: this file system of the host has no RWF_NOWAIT.</summary>
    private const int CannotHurry = (int)FsError.NotSupported;

    /// <summary>Of one copy_file_range(2): a reply is due before the program wonders.</summary>
    private const ulong MaxCopy = 1 << 30;

    /// <summary>What of the caller's flags the host is opened with. Direct I/O would need the caller's buffers, and truncation waits until the file is known to be
    /// the right one.</summary>
    private const OpenFlags Passed = OpenFlags.AccessMask | OpenFlags.Append | OpenFlags.Sync | OpenFlags.NoAccessTime;

    public ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags)
    {
        if (nodes.Find(ino) is not { } node)
        {
            return new(FsError.Stale);
        }

        if (options.ReadOnly && (IsWriting(flags) || flags.HasFlag(OpenFlags.Truncate)))
        {
            return new(FsError.ReadOnly);
        }

        FsError error = finder.Open(node, HostFlags(flags), out int opened, out Statx stat);
        if (error == FsError.None && flags.HasFlag(OpenFlags.Truncate))
        {
            error = Truncate(caller, opened, flags, ref stat);
        }

        if (error != FsError.None)
        {
            _ = opened < 0 ? 0 : Libc.Close(opened);
            return new(error);
        }

        return new(AddOpened(node, opened, stat, flags, flags.HasFlag(OpenFlags.Truncate)).Handle);
    }

    public ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination)
    {
        if (files.Find(span) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        int done = 0;
        bool mayWait = false;
        fixed (byte* buffer = destination.Span)
        {
            while (done < destination.Length)
            {
                var vector = new IoVector { Start = buffer + done, Length = (nuint)(destination.Length - done) };
                nint count = Libc.ReadVector(file.Descriptor.Number, &vector, 1, (long)span.Offset + done, mayWait ? 0 : Flag.ReadNoWait);
                if (count == 0)
                {
                    break;
                }

                if (count < 0 && (mayWait || Libc.LastError is not ((int)FsError.TryAgain or CannotHurry)))
                {
                    return new((FsError)Libc.LastError);
                }

                done += (int)Math.Max(count, 0);
                if (done < destination.Length && !mayWait)
                {
                    mayWait = true; // The rest is not in the host's memory, or not there at all.
                    Blocking.Announce();
                }
            }
        }

        return new(done);
    }

    public ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags)
    {
        if (files.Find(span) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        Blocking.Announce();
        int done = 0;
        fixed (byte* buffer = content.Span)
        {
            while (done < content.Length)
            {
                var vector = new IoVector { Start = buffer + done, Length = (nuint)(content.Length - done) };
                nint count = Libc.WriteVector(
                    file.Descriptor.Number, &vector, 1, (long)span.Offset + done, (flags & WriteFlags.DataSync) != WriteFlags.None ? Flag.WriteDataSync : 0);
                if (count < 0 && done == 0)
                {
                    return new((FsError)Libc.LastError);
                }

                if (count <= 0)
                {
                    break;
                }

                done += (int)count;
            }
        }

        if ((flags & WriteFlags.KillPrivileges) != WriteFlags.None)
        {
            Privileges.Clear(file.Descriptor.Number, caller);
        }

        return new(done);
    }

    public ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes)
    {
        if (files.Find(span) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        Blocking.Announce();
        FsError error = Host.Outcome(Libc.Allocate(file.Descriptor.Number, (int)modes, (long)span.Offset, (long)length));
        ClearUnasked(caller, file, error == FsError.None);
        return new(error);
    }

    public ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length)
    {
        if (files.Find(source) is not { } from || files.Find(destination) is not { } to)
        {
            return new(FsError.BadHandle);
        }

        Blocking.Announce();
        long fromOffset = (long)source.Offset;
        long toOffset = (long)destination.Offset;
        nint copied = Libc.CopyRange(
            from.Descriptor.Number, &fromOffset, to.Descriptor.Number, &toOffset, (nuint)Math.Min(length, MaxCopy), 0);
        FsError error = copied < 0 ? (FsError)Libc.LastError : FsError.None;
        ClearUnasked(caller, to, copied > 0);
        return new(error == FsError.None ? (ulong)copied : error);
    }

    public ValueTask<FsResult<ulong>> SeekAsync(Caller caller, FileSpan span, SeekTarget target)
    {
        if (files.Find(span) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        long found = Libc.Seek(file.Descriptor.Number, (long)span.Offset, (int)target);
        return new(found >= 0 ? (ulong)found : (FsError)Libc.LastError);
    }

    /// <summary>What was written is the host's already. Its own close(2) of a duplicate tells of errors that it keeps until then (NFS).</summary>
    public ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle)
    {
        if (files.Find(ino, handle) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        WatchOpen(file);
        int duplicate = Libc.Duplicate(file.Descriptor.Number);
        return new(duplicate < 0 ? FsError.None : Host.Outcome(Libc.Close(duplicate)));
    }

    public ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly)
    {
        if (nodes.Find(ino) is not { } node)
        {
            return new(FsError.Stale);
        }

        Blocking.Announce();
        Pin pin;
        if (nodes.UseOpen(node) is { } open)
        {
            pin = new Pin(open);
        }
        else
        {
            FsError error = finder.Open(node, Flag.NonBlocking, out int opened, out _);
            if (error != FsError.None)
            {
                return new(error);
            }

            pin = new Pin(opened);
        }

        using (pin)
        {
            return new(Host.Outcome(dataOnly ? Libc.SyncData(pin.Number) : Libc.Sync(pin.Number)));
        }
    }

    public ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle)
    {
        if (files.Find(ino, handle) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        WatchOpen(file);
        backing.Closed(file);
        files.Remove(ino, handle);
        file.Descriptor.LetGo();
        return new(FsError.None);
    }

    private static bool IsWriting(OpenFlags flags) => (flags & OpenFlags.AccessMask) != OpenFlags.ReadOnly;

    /// <summary>Without waiting for the other end of a pipe that somebody has put in the file's place.</summary>
    private int HostFlags(OpenFlags flags) =>
        (int)(flags & Passed) | Flag.NonBlocking | Quiet;

    private static FsError Truncate(in Caller caller, int opened, OpenFlags flags, ref Statx stat)
    {
        Blocking.Announce();
        FsError error = Host.Outcome(Libc.Truncate(opened, 0));
        if (error == FsError.None && flags.HasFlag(OpenFlags.KillPrivileges))
        {
            Privileges.Clear(opened, stat, caller);
        }

        return error == FsError.None ? (FsError)(-Host.Stat(opened, out stat)) : error;
    }

    private OpenedFile AddOpened(Node node, int opened, in Statx stat, OpenFlags flags, bool isNew)
    {
        OpenFile file = files.Add(node, opened, IsWriting(flags));
        backing.Opened(file, stat, isNew);
        return new OpenedFile(HostAttributes.Of(node, generation, stat), file.Handle);
    }

    private void WatchOpen(OpenFile file)
    {
        if (file.BackingId != 0 && Host.Stat(file.Descriptor.Number, out Statx stat) == 0)
        {
            backing.Watch(file.Node, file.Descriptor.Number, ref stat);
        }
    }

    /// <summary>The kernel does not say of these that suid and sgid are to go, as it does of a write.</summary>
    private static void ClearUnasked(in Caller caller, OpenFile file, bool changed)
    {
        if (changed && caller.Uid != 0)
        {
            Privileges.Clear(file.Descriptor.Number, caller);
        }
    }
}
