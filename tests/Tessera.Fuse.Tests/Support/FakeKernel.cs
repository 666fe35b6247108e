using System.Collections.Concurrent;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Fuse.Tests;

/// <summary>The kernel's end of a connection, in memory: sends what bytes it is told to and keeps what it is answered.</summary>
internal sealed class FakeKernel : IFuseTransport
{
    private readonly BlockingCollection<byte[]> _requests = [];
    private readonly ConcurrentDictionary<ulong, TaskCompletionSource<FakeReply>> _waiting = new();
    private readonly ConcurrentDictionary<ulong, ulong> _interrupting = new();
    private ulong _lastUnique;

    /// <summary>What the kernel answers to a reply being written; zero takes it.</summary>
    public Func<FakeReply, int> OnReply { get; set; } = static _ => 0;

    public ConcurrentQueue<FakeReply> Notifications { get; } = [];

    /// <summary>Replies to numbers nobody asked with: always a bug.</summary>
    public ConcurrentQueue<ulong> Strays { get; } = [];

    public bool IsDisposed { get; private set; }

    public bool HasRequest => _requests.Count > 0 || _requests.IsAddingCompleted;

    public int Read(Span<byte> buffer, bool alone)
    {
        if (!_requests.TryTake(out var message, Timeout.Infinite))
            return -(int)Errno.ENODEV;

        // What the buffer held before must never be taken for a part of this request.
        buffer.Fill(0xA5);
        message.CopyTo(buffer);
        return message.Length;
    }

    public int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        byte[] message = [.. head, .. rest];
        var header = MemoryMarshal.Read<OutHeader>(message);
        header.Length.ShouldBe((uint)message.Length);
        var reply = new FakeReply(header.Unique, header.Error, message[Unsafe.SizeOf<OutHeader>()..]);
        if (header.Unique == 0)
        {
            Notifications.Enqueue(reply);
            return 0;
        }

        if (_interrupting.TryRemove(header.Unique, out var request))
        {
            reply.Errno.ShouldBe(Errno.EAGAIN);
            if (_waiting.ContainsKey(request))
                Interrupt(request);
            return 0;
        }

        var outcome = OnReply(reply);
        if (!_waiting.TryRemove(header.Unique, out var waiting))
            Strays.Enqueue(header.Unique);
        else
            waiting.SetResult(reply);
        return outcome;
    }

    public void Dispose() => IsDisposed = true;

    /// <summary>The mount goes away.</summary>
    public void Disconnect() => _requests.CompleteAdding();

    public void SendRaw(byte[] message) => _requests.Add(message);

    public ulong NextUnique() => Interlocked.Add(ref _lastUnique, 2);

    /// <summary>Interrupts a request, and does so again when the server has not seen it yet, as the kernel does (FUSE_INT_REQ_BIT; fuse.rst, "Interrupting filesystem operations").</summary>
    public void Interrupt(ulong unique)
    {
        _interrupting[unique | 1] = unique;
        SendRaw(Message(unique | 1, FuseOpcode.Interrupt, 0, Bytes.Of(new InterruptIn(unique))));
    }

    public Task<FakeReply> Ask(FuseOpcode opcode, ulong nodeId, params ReadOnlySpan<byte> body) =>
        Ask(NextUnique(), opcode, nodeId, body);

    public Task<FakeReply> Ask(ulong unique, FuseOpcode opcode, ulong nodeId, params ReadOnlySpan<byte> body)
    {
        var answer = Expect(unique);
        SendRaw(Message(unique, opcode, nodeId, body));
        return answer;
    }

    public Task<FakeReply> Expect(ulong unique) =>
        _waiting.GetOrAdd(unique, static _ => new TaskCompletionSource<FakeReply>(TaskCreationOptions.RunContinuationsAsynchronously)).Task;

    public void Tell(FuseOpcode opcode, ulong nodeId, params ReadOnlySpan<byte> body) =>
        SendRaw(Message(NextUnique(), opcode, nodeId, body));

    public Task<FakeReply> Initialize(uint minor = FuseConnection.NewestMinor, FuseFeatures features = (FuseFeatures)ulong.MaxValue) =>
        Ask(FuseOpcode.Init, 0, Bytes.Of(new InitIn
        {
            Major = FuseConnection.Major,
            Minor = minor,
            MaxReadahead = 1 << 17,
            Flags = (uint)features,
            Flags2 = (uint)((ulong)features >> 32),
        }));

    public static byte[] Message(ulong unique, FuseOpcode opcode, ulong nodeId, ReadOnlySpan<byte> body, ushort extensionUnits = 0) =>
    [
        .. Bytes.Of(new InHeader
        {
            Length = (uint)(Unsafe.SizeOf<InHeader>() + body.Length),
            Opcode = opcode,
            Unique = unique,
            NodeId = nodeId,
            Uid = 1000,
            Gid = 1001,
            Pid = 4242,
            ExtensionUnits = extensionUnits,
        }),
        .. body,
    ];
}
