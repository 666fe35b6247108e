using Tessera.Fuse;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Mutations of requests that the kernel of this machine sent.</summary>
[Trait("Campaign", "fuzz")]
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int DecoderInputs = 500_000;

    private const int DoorInputs = 100_000;

    /// <summary>Requests whose replies hold contents, names or attributes.</summary>
    private static readonly HashSet<FuseOpcode> s_telling =
    [
        FuseOpcode.Lookup, FuseOpcode.GetAttributes, FuseOpcode.SetAttributes, FuseOpcode.Statx, FuseOpcode.ReadLink, FuseOpcode.Read, FuseOpcode.ReadDirectory, FuseOpcode.ReadDirectoryPlus,
        FuseOpcode.GetXattr, FuseOpcode.ListXattr, FuseOpcode.Lseek,
    ];

    [Fact]
    public void Recorded_requests_are_of_many_kinds() =>
        RecordedTraffic.Messages.Select(message => BitConverter.ToUInt32(message, 4)).Distinct().Count().ShouldBeGreaterThan(25);

    [Fact]
    public void No_message_harms_the_decoder_or_shows_what_is_behind_it() =>
        FuzzRunner.Run(new RequestDecoder(RecordedTraffic.Messages), DecoderInputs, output);

    /// <summary>As after "lock", and "umount --force", for as long as the kernel still asks.</summary>
    [Fact]
    public void Nothing_is_told_by_a_door_that_is_cut_off()
    {
        byte[][] asking = [.. RecordedTraffic.Messages.Where(static message => s_telling.Contains(OpcodeOf(message)))];
        asking.Select(OpcodeOf).ToHashSet().ShouldBe(s_telling, ignoreOrder: true);
        var target = new DoorTarget(RecordedTraffic.Messages);
        Array.ForEach(asking, target.Read);
        target.Succeeded.ShouldBeGreaterThan(asking.Length / 4);
        int before = target.Succeeded;
        target.CutOff();

        Array.ForEach(asking, target.Read);

        target.Succeeded.ShouldBe(before);
    }

    [Fact]
    public void Every_message_is_answered_by_door_and_engine_and_the_next_one_too()
    {
        var target = new DoorTarget(RecordedTraffic.Messages);
        FuzzRunner.Run(target, DoorInputs, output);
        output.WriteLine($"{target.Succeeded:N0} succeeded.");
        target.Succeeded.ShouldBeGreaterThan(DoorInputs / 20);
    }

    private static FuseOpcode OpcodeOf(byte[] message) => (FuseOpcode)BitConverter.ToUInt32(message, 4);
}
