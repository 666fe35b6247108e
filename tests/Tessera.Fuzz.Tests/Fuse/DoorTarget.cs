using System.Runtime.CompilerServices;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Fuzz.Tests.Engine;
using Tessera.Testing;
using Tessera.Volumes;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>The same messages all the way down: decoder, door, engine. Each is answered without an exception, and the next one too.</summary>
internal sealed class DoorTarget : FuzzTarget
{
    private const int MaxWrite = 16 << 10;
    private const int Buffers = 4;

    /// <summary>Requests one volume serves before it is checked and replaced, so that a failing one is not far from the beginning.</summary>
    private const int RequestsOfAVolume = 20_000;
    private readonly CountingTransport transport = new();
    private readonly IReadOnlyList<byte[]> seeds;
    private RequestPool pool = null!;
    private Dispatcher dispatcher = null!;
    private FuseDoor door = null!;
    private Volume? volume;
    private Exception? escaped;
    private int served;

    /// <summary>Requests that did what they asked for: without them only the refusals were tried.</summary>
    public int Succeeded { get; private set; }

    public DoorTarget(IReadOnlyList<byte[]> seeds) => this.seeds = seeds;

    public override string Name => "fuse-door";

    public override IReadOnlyList<byte[]> Seeds => seeds;

    public override int LongestInput => MaxWrite;

    /// <summary>The engine allocates: inodes, map entries, tasks, the volume itself. What must not be is a length from the message.</summary>
    public override long AllocationLimit => 4 << 20;

    public override bool IsDeclared(Exception exception) => false;

    public override void Repair(byte[] input, FuzzRandom random) => RequestHeader.Repair(input, random);

    public override void Read(byte[] input)
    {
        if (volume is null || served++ >= RequestsOfAVolume)
        {
            Renew();
        }

        Send(input);
        Succeeded += transport.Succeeded ? 1 : 0;
        if (escaped is { } failure)
        {
            escaped = null;
            throw new InvalidOperationException($"A request failed: {failure}", failure);
        }

        if (transport.Refused is { } refused)
        {
            throw new InvalidOperationException(refused);
        }
    }

    /// <summary>From now on, until the next volume, the door tells nothing.</summary>
    public void CutOff() => door.CutOff();

    private void Renew()
    {
        if (volume is { } old)
        {
            Task.Run(async () => await old.CloseAsync()).Wait(TestLimits.Patience).ShouldBeTrue("the volume closes");
        }

        volume = RecordedTraffic.NewVolume();
        pool = new RequestPool(MaxWrite, Buffers);
        door = new FuseDoor(volume);
        dispatcher = new Dispatcher(door, transport, pool, new FuseOptions { MaxWrite = MaxWrite, Features = new FuseDoorOptions().Features, OnFault = fault => escaped ??= fault.Exception });
        served = 0;
        foreach (byte[] message in seeds.Where(Builds))
        {
            Send(message);
        }
    }

    /// <summary>Inode numbers begin anew with each volume, so the recorded messages build again what they built, unless some take it away.</summary>
    private static bool Builds(byte[] message) => (FuseOpcode)BitConverter.ToUInt32(message, 4)
        is not (FuseOpcode.Unlink or FuseOpcode.RemoveDirectory or FuseOpcode.Rename or FuseOpcode.Rename2 or FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.Release);

    private void Send(byte[] input)
    {
        FuseRequest request = pool.Rent()!;
        input.CopyTo(request.ReadTarget);
        transport.Unique = input.Length >= 16 ? BitConverter.ToUInt64(input, 8) : 0;
        transport.Refused = null;
        transport.Succeeded = false;
        dispatcher.Dispatch(request, input.Length);
        if (WantsReply(input) && !transport.Arrived.Wait(TestLimits.Patience))
        {
            throw new InvalidOperationException("No reply came.");
        }

        while (transport.Arrived.Wait(0))
        {
            // A reply that the kernel would drop: to FORGET that was malformed, to INTERRUPT.
        }
    }

    private static bool WantsReply(byte[] input) =>
        input.Length >= Unsafe.SizeOf<InHeader>()
        && (FuseOpcode)BitConverter.ToUInt32(input, 4) is not (FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply or FuseOpcode.Interrupt);
}
