using System.Buffers.Text;

namespace Tessera.Fuse.Tests;

/// <summary>
/// One directory of <see cref="FileCount"/> files, "f0", "f1" and so on, with node ids from 2 up, all with the same content. Answers
/// without allocating, counts what it is asked, and lets a test change content behind the kernel's back.
/// </summary>
internal sealed class FlatFileSystem : FuseFileSystem
{
    public const ulong FirstFile = 2;
    private const ulong CreatedFile = FirstFile + 1_000_000;
    private readonly long[] _asked = new long[64];
    private bool _created;

    public int FileCount { get; set; } = 1;

    public byte[] Content { get; set; } = "hello"u8.ToArray();

    public TimeSpan Timeout { get; init; } = TimeSpan.Zero;

    public OpenOutFlags OpenFlags { get; set; }

    public int BackingId { get; set; }

    public LookupCounts Lookups { get; } = new();

    public Func<FuseRequest, ValueTask<FuseResult<int>>>? OnRead { get; init; }

    public Func<FuseRequest, Memory<byte>, ValueTask<FuseResult<int>>>? OnReadInto { get; init; }

    public TaskCompletionSource<byte[]> RetrievedData { get; } = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public long Asked(FuseOpcode opcode) => Volatile.Read(ref _asked[(int)opcode]);

    public long AskedInAll()
    {
        var sum = 0L;
        foreach (var asked in _asked)
            sum += asked;
        return sum;
    }

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name)
    {
        Count(request);
        var node = CreatedFile;
        if (!(_created && name.Span.SequenceEqual("new"u8)) && !TryParse(name.Span, out node))
            return new(Errno.ENOENT);
        Lookups.Add(node);
        return new(Entry(node));
    }

    public override void Forget(ulong nodeId, ulong lookups)
    {
        Interlocked.Increment(ref _asked[(int)FuseOpcode.Forget]);
        Lookups.Remove(nodeId, lookups);
    }

    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments)
    {
        Count(request);
        return new(new FuseAttributesReply(Attributes(request.NodeId), Timeout));
    }

    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest request, SetAttributesArguments arguments)
    {
        Count(request);
        return new(new FuseAttributesReply(Attributes(request.NodeId), Timeout));
    }

    public override ValueTask<FuseResult<FuseOpened>> Open(FuseRequest request, OpenArguments arguments)
    {
        Count(request);
        return new(new FuseOpened(1, OpenFlags, BackingId));
    }

    public override ValueTask<FuseResult<FuseCreated>> Create(FuseRequest request, ReadOnlyMemory<byte> name, CreateArguments arguments)
    {
        Count(request);
        _created = true;
        Lookups.Add(CreatedFile);
        return new(new FuseCreated(Entry(CreatedFile), new FuseOpened(2, OpenFlags)));
    }

    public override ValueTask<Errno> Unlink(FuseRequest request, ReadOnlyMemory<byte> name)
    {
        Count(request);
        _created = false;
        return new(Errno.None);
    }

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer)
    {
        Count(request);
        if (OnRead is not null)
            return OnRead(request);
        if (OnReadInto is not null)
            return OnReadInto(request, buffer);
        var rest = Content.AsSpan((int)Math.Min(arguments.Offset, (ulong)Content.Length));
        rest = rest[..Math.Min(rest.Length, buffer.Length)];
        rest.CopyTo(buffer.Span);
        return new(rest.Length);
    }

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data)
    {
        Count(request);
        return new(data.Length);
    }

    public override ValueTask<Errno> Flush(FuseRequest request, FlushArguments arguments)
    {
        Count(request);
        return new(Errno.None);
    }

    public override ValueTask<Errno> Release(FuseRequest request, ReleaseArguments arguments)
    {
        Count(request);
        return new(Errno.None);
    }

    public override ValueTask<FuseResult<FuseOpened>> OpenDirectory(FuseRequest request, OpenArguments arguments) => new(new FuseOpened(3));

    public override ValueTask<Errno> ReleaseDirectory(FuseRequest request, ReleaseArguments arguments) => new(Errno.None);

    public override ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries)
    {
        Count(request);
        Span<byte> name = stackalloc byte[16];
        name[0] = (byte)'f';
        for (var i = (int)arguments.Offset; i < FileCount; i++)
        {
            Utf8Formatter.TryFormat(i, name[1..], out var digits);
            if (!Add(entries, name[..(digits + 1)], i))
                break;
        }

        return new(Errno.None);
    }

    public override ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
        ReadDirectory(request, arguments, entries);

    public override void Retrieved(ulong nodeId, ulong offset, ReadOnlyMemory<byte> data) => RetrievedData.TrySetResult(data.ToArray());

    private bool Add(FuseDirectoryWriter entries, ReadOnlySpan<byte> name, int index)
    {
        var node = FirstFile + (ulong)index;
        if (!entries.IsPlus)
            return entries.TryAdd(name, node, 0x8000, (ulong)index + 1);
        if (!entries.HasRoomFor(name.Length))
            return false;
        Lookups.Add(node);
        return entries.TryAdd(name, Entry(node), (ulong)index + 1);
    }

    public override ValueTask<Errno> SyncFs(FuseRequest request)
    {
        Count(request);
        return new(Errno.None);
    }

    private void Count(FuseRequest request) => Interlocked.Increment(ref _asked[(int)request.Opcode]);

    private bool TryParse(ReadOnlySpan<byte> name, out ulong node)
    {
        node = 0;
        if (name[0] != (byte)'f' || !Utf8Parser.TryParse(name[1..], out int index, out var consumed) || consumed != name.Length - 1 || index >= FileCount)
            return false;
        node = FirstFile + (ulong)index;
        return true;
    }

    private FuseAttributes Attributes(ulong node) => new()
    {
        Ino = node,
        Mode = node == RootNodeId ? 0x41FFu : 0x81B6u,
        LinkCount = 1,
        Size = node == RootNodeId ? 0 : (ulong)Content.Length,
        BlockSize = 4096,
    };

    private FuseEntry Entry(ulong node) => new()
    {
        NodeId = node,
        EntryTimeout = Timeout,
        AttributesTimeout = Timeout,
        Attributes = Attributes(node),
    };
}
