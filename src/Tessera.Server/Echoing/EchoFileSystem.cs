using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Server.Echoing;

/// <summary>Answers what the repeating process asks, and lets nothing of it through: whatever its thread asks to be changed is changed nowhere. What was planned is answered as
/// done, everything else refused.</summary>
/// <remarks>Above everything else, so that an echo is no request: it is not counted, delayed, written down or judged.</remarks>
/// <param name="inner">What everybody else uses.</param>
/// <param name="hold">An inode that is known is on its way to the door once more.</param>
internal sealed class EchoFileSystem(IFileSystem inner, Action<ulong> hold) : ForwardingFileSystem(inner)
{
    /// <summary>Inodes from here on are stand-ins for what is gone: they live in the kernel for the moment of their removal.</summary>
    public const ulong FirstStandIn = 1UL << 63;

    /// <summary>Of the file that an echo opens.</summary>
    private const ulong EchoHandle = ulong.MaxValue;

    /// <summary>Threads whose process was killed: what they asked before may still be on its way. Afterwards a number may be another's.</summary>
    private const long FormerMs = 60_000;

    private volatile int thread;
    private volatile (int Thread, long Until)[] former = [];

    /// <summary>The id of the one thread whose requests are echoes; 0: there is none yet.</summary>
    public int Thread => thread;

    /// <summary>What is being repeated; null: nothing, and every change that the thread asks for is refused.</summary>
    public EchoPlan? Plan { get; set; }

    /// <summary>A thread's requests are echoes from now on; those of the one before still are.</summary>
    public void Trust(int newest)
    {
        long now = Environment.TickCount64;
        former = [.. former.Where(known => known.Until > now), (thread, now + FormerMs)];
        thread = newest;
    }

    public override ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        IsEcho(caller) ? new(Told(Plan?.Find(parent, name.Span) ?? FsError.NotPermitted)) : base.LookupAsync(caller, parent, name);

    public override void Forget(ulong ino)
    {
        if (ino < FirstStandIn)
        {
            base.Forget(ino);
        }
    }

    public override ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino) =>
        IsEcho(caller) ? new(Plan?.Find(ino) ?? FsError.NotPermitted) : base.GetAttributesAsync(caller, ino);

    public override ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes) =>
        IsEcho(caller)
            ? new(Plan is { Call: EchoCall.Modify or EchoCall.Attributes } plan && plan.Target.Ino == ino ? plan.Target : FsError.NotPermitted)
            : base.SetAttributesAsync(caller, ino, changes);

    public override ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask) => IsEcho(caller) ? new(FsError.None) : base.AccessAsync(caller, ino, mask);

    public override ValueTask<FsResult<int>> ReadLinkAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.ReadLinkAsync(caller, ino, destination);

    public override ValueTask<FsResult<InodeAttributes>> MakeNodeAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, NewNode node) =>
        IsEcho(caller)
            ? new(Told(Plan is { } plan && plan.Is(EchoCall.Make, parent, name.Span) ? plan.Target : FsError.NotPermitted))
            : base.MakeNodeAsync(caller, parent, name, node);

    public override ValueTask<FsResult<OpenedFile>> CreateAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name, uint mode, OpenFlags flags) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.CreateAsync(caller, parent, name, mode, flags);

    public override ValueTask<FsResult<OpenedFile>> CreateUnnamedAsync(Caller caller, ulong parent, uint mode, OpenFlags flags) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.CreateUnnamedAsync(caller, parent, mode, flags);

    public override ValueTask<FsResult<InodeAttributes>> LinkAsync(Caller caller, ulong ino, ulong newParent, ReadOnlyMemory<byte> newName) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.LinkAsync(caller, ino, newParent, newName);

    public override ValueTask<FsError> UnlinkAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        IsEcho(caller) ? new(Removed(parent, name.Span)) : base.UnlinkAsync(caller, parent, name);

    public override ValueTask<FsError> RemoveDirectoryAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name) =>
        IsEcho(caller) ? new(Removed(parent, name.Span)) : base.RemoveDirectoryAsync(caller, parent, name);

    public override ValueTask<FsError> RenameAsync(Caller caller, DirectoryEntry from, DirectoryEntry to, RenameFlags flags)
    {
        if (!IsEcho(caller))
        {
            return base.RenameAsync(caller, from, to, flags);
        }

        bool isPlanned = Plan is { } plan && plan.Is(EchoCall.Rename, from.Parent, from.Name.Span) && plan.NewName.Parent == to.Parent && to.Name.Span.SequenceEqual(plan.NewName.Name);
        return new(isPlanned ? Done(Plan!) : FsError.NotPermitted);
    }

    public override ValueTask<FsResult<ulong>> OpenAsync(Caller caller, ulong ino, OpenFlags flags) =>
        IsEcho(caller)
            ? new(Plan is { Call: EchoCall.Write } plan && plan.Target.Ino == ino && !flags.HasFlag(OpenFlags.Truncate) ? EchoHandle : FsError.NotPermitted)
            : base.OpenAsync(caller, ino, flags);

    public override ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination) =>
        IsEcho(caller) || span.Handle == EchoHandle ? new(FsError.NotPermitted) : base.ReadAsync(caller, span, destination);

    public override ValueTask<FsResult<int>> WriteAsync(Caller caller, FileSpan span, ReadOnlyMemory<byte> content, WriteFlags flags) =>
        IsEcho(caller) || span.Handle == EchoHandle ? new(FsError.NotPermitted) : base.WriteAsync(caller, span, content, flags);

    public override ValueTask<FsError> AllocateAsync(Caller caller, FileSpan span, ulong length, AllocateModes modes) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.AllocateAsync(caller, span, length, modes);

    public override ValueTask<FsResult<ulong>> CopyRangeAsync(Caller caller, FileSpan source, FileSpan destination, ulong length) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.CopyRangeAsync(caller, source, destination, length);

    public override ValueTask<FsError> FlushAsync(Caller caller, ulong ino, ulong handle) => IsEcho(caller) ? new(FsError.None) : base.FlushAsync(caller, ino, handle);

    public override ValueTask<FsError> SyncAsync(Caller caller, ulong ino, bool dataOnly) => IsEcho(caller) ? new(FsError.NotPermitted) : base.SyncAsync(caller, ino, dataOnly);

    public override ValueTask<FsError> ReleaseAsync(ulong ino, ulong handle) => handle == EchoHandle ? new(FsError.None) : base.ReleaseAsync(ino, handle);

    public override ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino) => IsEcho(caller) ? new(FsError.NotPermitted) : base.OpenDirectoryAsync(caller, ino);

    public override ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.SetXattrAsync(caller, ino, name, value, flags);

    public override ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination) =>
        IsEcho(caller) ? new(FsError.NotSupported) : base.GetXattrAsync(caller, ino, name, destination);

    public override ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination) =>
        IsEcho(caller) ? new(FsError.NotSupported) : base.ListXattrsAsync(caller, ino, destination);

    public override ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name) =>
        IsEcho(caller) ? new(FsError.NotPermitted) : base.RemoveXattrAsync(caller, ino, name);

    private FsResult<InodeAttributes> Told(FsResult<InodeAttributes> told)
    {
        if (told.Ok && told.Value.Ino is > 0 and < FirstStandIn)
        {
            hold(told.Value.Ino);
        }

        return told;
    }

    private bool IsEcho(Caller caller) => thread != 0 && caller.Pid != 0 && (caller.Pid == thread || IsFormer((int)caller.Pid));

    private bool IsFormer(int caller)
    {
        foreach ((int known, long until) in former)
        {
            if (known == caller && Environment.TickCount64 < until)
            {
                return true;
            }
        }

        return false;
    }

    private FsError Removed(ulong parent, ReadOnlySpan<byte> name) => Plan is { } plan && plan.Is(EchoCall.Remove, parent, name) ? Done(plan) : FsError.NotPermitted;

    private static FsError Done(EchoPlan plan) => plan.IsNameAsked ? FsError.None : FsError.Busy;
}
