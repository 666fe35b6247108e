namespace Tessera.Fuse.Tests;

/// <summary>Answers what a test tells it to.</summary>
internal sealed class ScriptedFileSystem : FuseFileSystem
{
    public Func<FuseRequest, ReadOnlyMemory<byte>, ValueTask<FuseResult<FuseEntry>>> OnLookup { get; init; } = static (_, _) => new(Errno.ENOENT);

    public Func<FuseRequest, ValueTask<FuseResult<FuseAttributesReply>>> OnGetAttributes { get; init; } = static _ => new(default(FuseAttributesReply));

    public Func<FuseRequest, ReadArguments, Memory<byte>, ValueTask<FuseResult<int>>> OnRead { get; init; } = static (_, _, _) => new(0);

    public Func<FuseRequest, WriteArguments, ReadOnlyMemory<byte>, ValueTask<FuseResult<int>>> OnWrite { get; init; } = static (_, _, data) => new(data.Length);

    public Func<FuseRequest, LockArguments, bool, ValueTask<Errno>> OnSetLock { get; init; } = static (_, _, _) => new(Errno.None);

    public Func<FuseRequest, ReadArguments, FuseDirectoryWriter, ValueTask<Errno>> OnReadDirectory { get; init; } = static (_, _, _) => new(Errno.None);

    public Func<FuseRequest, ReadOnlyMemory<byte>, ReadOnlyMemory<byte>, SetXattrArguments, ValueTask<Errno>> OnSetXattr { get; init; } =
        static (_, _, _, _) => new(Errno.None);

    public Func<FuseRequest, Memory<byte>, ValueTask<FuseResult<int>>> OnListXattr { get; init; } = static (_, _) => new(0);

    public Func<FuseRequest, MakeDirectoryArguments, ValueTask<FuseResult<FuseEntry>>> OnMakeDirectory { get; init; } = static (_, _) => new(Errno.EROFS);

    public Action<ulong, ulong> OnForget { get; init; } = static (_, _) => { };

    public Action OnDestroyed { get; init; } = static () => { };

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name) => OnLookup(request, name);

    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments) => OnGetAttributes(request);

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer) => OnRead(request, arguments, buffer);

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data) => OnWrite(request, arguments, data);

    public override ValueTask<Errno> SetLock(FuseRequest request, LockArguments arguments, bool wait) => OnSetLock(request, arguments, wait);

    public override ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        OnReadDirectory(request, arguments, entries);

    public override ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        OnReadDirectory(request, arguments, entries);

    public override ValueTask<Errno> SetXattr(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, SetXattrArguments arguments) =>
        OnSetXattr(request, name, value, arguments);

    public override ValueTask<FuseResult<int>> ListXattr(FuseRequest request, Memory<byte> names) => OnListXattr(request, names);

    public override ValueTask<FuseResult<FuseEntry>> MakeDirectory(FuseRequest request, ReadOnlyMemory<byte> name, MakeDirectoryArguments arguments) =>
        OnMakeDirectory(request, arguments);

    public override void Forget(ulong nodeId, ulong lookups) => OnForget(nodeId, lookups);

    public override void Destroyed() => OnDestroyed();
}
