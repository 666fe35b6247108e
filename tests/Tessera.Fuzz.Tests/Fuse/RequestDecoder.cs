using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Fuse;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>From the bytes of a message to the reply, and once more with the message at the end of all memory: whatever the bytes, one reply or
/// none where the protocol wants none, nothing lent that is not the message's own, every buffer back.</summary>
internal sealed class RequestDecoder : FuzzTarget
{
    private const int MaxWrite = 16 << 10;
    private const int Buffers = 2;
    private readonly LookingFileSystem fileSystem = new();
    private readonly CountingTransport transport = new();
    private readonly RequestPool pool = new(MaxWrite, Buffers);
    private readonly GuardedMemory guarded = new(MaxWrite + FuseRequest.PageSize);
    private readonly Dispatcher dispatcher;
    private readonly IReadOnlyList<byte[]> seeds;
    private readonly Func<byte[], int> lengthOf;
    private Exception? escaped;

    /// <param name="seeds">Recorded messages.</param>
    /// <param name="lengthOf">How long a message is taken to be; null: as long as it is.</param>
    public RequestDecoder(IReadOnlyList<byte[]> seeds, Func<byte[], int>? lengthOf = null)
    {
        this.seeds = seeds;
        this.lengthOf = lengthOf ?? (static message => message.Length);
        dispatcher = new Dispatcher(fileSystem, transport, pool, new FuseOptions { MaxWrite = MaxWrite, OnFault = fault => escaped ??= fault.Exception });
    }

    public override string Name => "fuse-request";

    public override IReadOnlyList<byte[]> Seeds => seeds;

    public override int LongestInput => MaxWrite;

    /// <summary>Requests allocate nothing; refusals allocate their messages.</summary>
    public override long AllocationLimit => 16 << 10;

    public override bool IsDeclared(Exception exception) => false;

    public override void Repair(byte[] input, FuzzRandom random) => RequestHeader.Repair(input, random);

    public override void Read(byte[] input)
    {
        Dispatch(input);
        if (input.Length >= Unsafe.SizeOf<InHeader>())
        {
            RunAtTheEndOfMemory(input);
        }
    }

    private void Dispatch(byte[] input)
    {
        FuseRequest request = Begin(input);
        dispatcher.Dispatch(request, lengthOf(input));
        Judge(input);
    }

    private unsafe void RunAtTheEndOfMemory(byte[] input)
    {
        FuseRequest request = Begin(input);
        request.Accept(input.Length);
        OperationHandler? handler = OperationTable.Find(request.Opcode);
        if (handler is null || !request.IsWellFormed)
        {
            pool.Return(request);
            return;
        }

        int extensions = MemoryMarshal.Read<InHeader>(input).ExtensionUnits * 8;
        byte* start = guarded.Place(input.AsSpan(0, input.Length - extensions));
        request.Begin();
        var body = new RequestBody(new NativeBuffer(start, input.Length - extensions), start, Unsafe.SizeOf<InHeader>(), input.Length - extensions);
        if (!handler(dispatcher, request, body))
        {
            request.End();
            pool.Return(request);
            transport.Replies = 1;
        }

        Judge(input);
    }

    private FuseRequest Begin(byte[] input)
    {
        FuseRequest request = pool.Rent()!;
        Span<byte> target = request.ReadTarget;
        target.Slice(0, Math.Min(target.Length, input.Length + 256)).Fill(LookingFileSystem.Beyond);
        input.CopyTo(target);
        transport.Unique = input.Length >= 16 ? BitConverter.ToUInt64(input, 8) : 0;
        transport.Replies = 0;
        transport.Refused = null;
        fileSystem.SawBeyond = false;
        escaped = null;
        return request;
    }

    private void Judge(byte[] input)
    {
        if (escaped is not null)
        {
            throw new InvalidOperationException($"A handler failed: {escaped}", escaped);
        }

        if (transport.Refused is { } refused)
        {
            throw new InvalidOperationException(refused);
        }

        // No message holds so many bytes of this value in a row, unless mutation put them there.
        if (fileSystem.SawBeyond && input.AsSpan().IndexOf([LookingFileSystem.Beyond, LookingFileSystem.Beyond, LookingFileSystem.Beyond, LookingFileSystem.Beyond]) < 0)
        {
            throw new InvalidOperationException("A handler was lent bytes beyond the message.");
        }

        if (!IsAnsweredRightly(input))
        {
            throw new InvalidOperationException($"{transport.Replies} replies were sent.");
        }

        RequireAllBuffersBack();
    }

    private bool IsAnsweredRightly(byte[] input)
    {
        if (input.Length < Unsafe.SizeOf<InHeader>())
        {
            return transport.Replies == 0;
        }

        return (FuseOpcode)BitConverter.ToUInt32(input, 4) switch
        {
            FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply or FuseOpcode.Interrupt => transport.Replies <= 1,
            _ => transport.Replies == 1,
        };
    }

    /// <summary>A buffer returned twice, or not at all, shows here.</summary>
    private void RequireAllBuffersBack()
    {
        FuseRequest first = pool.Rent()!;
        FuseRequest second = pool.Rent()!;
        if (ReferenceEquals(first, second))
        {
            throw new InvalidOperationException("A request's buffer was given back twice.");
        }

        pool.Return(first);
        pool.Return(second);
    }
}
