using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Mutations of requests that the kernel of this machine sent.</summary>
[Trait("Campaign", "fuzz")]
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int DecoderInputs = 500_000;

    private const int DoorInputs = 100_000;

    [Fact]
    public void Recorded_requests_are_of_many_kinds() =>
        RecordedTraffic.Messages.Select(message => BitConverter.ToUInt32(message, 4)).Distinct().Count().ShouldBeGreaterThan(25);

    [Fact]
    public void No_message_harms_the_decoder_or_shows_what_is_behind_it() =>
        FuzzRunner.Run(new RequestDecoder(RecordedTraffic.Messages), DecoderInputs, output);

    [Fact]
    public void Every_message_is_answered_by_door_and_engine_and_the_next_one_too()
    {
        var target = new DoorTarget(RecordedTraffic.Messages);
        FuzzRunner.Run(target, DoorInputs, output);
        output.WriteLine($"{target.Succeeded:N0} succeeded.");
        target.Succeeded.ShouldBeGreaterThan(DoorInputs / 20);
    }
}
