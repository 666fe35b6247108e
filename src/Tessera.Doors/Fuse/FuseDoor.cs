using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>The FUSE door: turns the kernel's requests into calls of an <see cref="IFileSystem"/> and its answers back. It decides nothing.</summary>
/// <remarks>Node id = inode number. The kernel's references are counted here, and the file system hears when the last is gone.</remarks>
public sealed partial class FuseDoor : FuseFileSystem
{
    private readonly IFileSystem files;
    private readonly FuseDoorOptions options;
    private readonly LookupCounts references = new();
    private readonly Func<InodeAttributes, FuseEntry> toEntry;
    private readonly Func<InodeAttributes, FuseAttributesReply> toAttributes;
    private readonly Func<InodeAttributes, FuseStatxReply> toStatx;
    private readonly Func<OpenedFile, FuseCreated> toCreated;
    private readonly Func<ulong, FuseOpened> toOpened;
    private readonly Func<ulong, FuseOpened> toOpenedForReading;
    private readonly Func<ulong, FuseOpened> toOpenedDirectory;
    private bool skipsOpenDirectory;

    public FuseDoor(IFileSystem files, FuseDoorOptions? options = null)
    {
        this.files = files;
        this.options = options ?? new FuseDoorOptions();
        toEntry = ToEntry;
        toAttributes = attributes => new FuseAttributesReply(Attributes.Encode(this.options.Shown(attributes)), this.options.Believed(attributes));
        toStatx = attributes => new FuseStatxReply
        {
            Seconds = (ulong)this.options.Believed(attributes).TotalSeconds,
            Statx = Attributes.EncodeStatx(this.options.Shown(attributes)),
        };
        OpenOutFlags keep = this.options.DirectIo ? OpenOutFlags.DirectIo : this.options.KeepsCache ? OpenOutFlags.KeepCache : OpenOutFlags.None;
        toCreated = file => new FuseCreated(ToEntry(file.Attributes), Opened(file.Handle, keep));
        toOpened = handle => Opened(handle, keep);

        // What was not written needs no request to write it out when it is closed; one that lets go its locks it needs.
        toOpenedForReading = handle => Opened(handle, this.options.AsksForLocks ? keep : keep | OpenOutFlags.NoFlush);
        toOpenedDirectory = handle => new FuseOpened(
            handle, this.options is { KeepsCache: true, DirectIo: false } ? OpenOutFlags.KeepCache | OpenOutFlags.CacheDirectory : OpenOutFlags.None);
        Blocking.Register(static wait => FuseServer.PassReaderRole(wait == Wait.Brief));
    }

    /// <inheritdoc/>
    public override void Initialized(FuseConnection connection)
    {
        ArgumentNullException.ThrowIfNull(connection);
        skipsOpenDirectory = options.SkipsOpenDirectory && connection.Has(FuseFeatures.NoOpenDirectorySupport);
    }

    /// <summary>Tells the kernel what changed in a way it does not know of; set once the door is mounted.</summary>
    public FuseNotifier? Notifier { get; set; }

    /// <summary>Says which open files the kernel reads and writes by itself; null: none.</summary>
    public IBackedFiles? Backed { get; init; }

    /// <summary>Keeps the locks of programs; null: the kernel does.</summary>
    public ILockedFiles? Locks { get; init; }

    /// <summary>Inodes the kernel holds references to.</summary>
    public int RememberedInodes => references.Count;

    /// <summary>Memory that remembering them takes, bytes.</summary>
    public long RememberedInodesBytes => references.Bytes;

    public override void Forget(ulong nodeId, ulong lookups) =>
        references.Remove(nodeId, lookups, files, static (ino, files) => files.Forget(ino));

    private Caller CallerOf(FuseRequest request)
    {
        var caller = new Caller(request.Uid, request.Gid, request.Pid, Door.Fuse, options.KernelChecksPermissions) { Membership = ProcessGroups.Instance, Patience = ProcessPatience.Instance };
        return request.TryGetSupplementaryGroup(out uint group) ? caller with { Groups = new[] { group } } : caller;
    }

    private FuseOpened Opened(ulong handle, OpenOutFlags flags)
    {
        int backing = Backed?.BackingOf(handle) ?? 0;
        return backing == 0
            ? new FuseOpened(handle, flags)
            : new FuseOpened(handle, (flags & ~OpenOutFlags.KeepCache) | OpenOutFlags.Passthrough, backing); // With a word of caches it is EIO (fs/fuse/iomode.c).
    }

    /// <summary>An entry on its way to the kernel counts as a reference.</summary>
    private FuseEntry ToEntry(InodeAttributes attributes)
    {
        references.Add(attributes.Ino);
        return Attributes.Entry(attributes, options);
    }

    private static ValueTask<FuseResult<TOut>> Map<TIn, TOut>(ValueTask<FsResult<TIn>> task, Func<TIn, TOut> convert)
        where TOut : struct
    {
        return task.IsCompletedSuccessfully ? new(Convert(task.Result, convert)) : Await(task, convert);

        static async ValueTask<FuseResult<TOut>> Await(ValueTask<FsResult<TIn>> task, Func<TIn, TOut> convert) =>
            Convert(await task.ConfigureAwait(false), convert);

        static FuseResult<TOut> Convert(FsResult<TIn> result, Func<TIn, TOut> convert) =>
            result.Ok ? convert(result.Value) : (Errno)result.Error;
    }

    private static ValueTask<FuseResult<int>> Map(ValueTask<FsResult<int>> task) => Map(task, static length => length);

    private static ValueTask<FuseResult<ulong>> Map(ValueTask<FsResult<ulong>> task) => Map(task, static offset => offset);

    private static ValueTask<Errno> Map(ValueTask<FsError> task)
    {
        return task.IsCompletedSuccessfully ? new((Errno)task.Result) : Await(task);

        static async ValueTask<Errno> Await(ValueTask<FsError> task) => (Errno)await task.ConfigureAwait(false);
    }
}
