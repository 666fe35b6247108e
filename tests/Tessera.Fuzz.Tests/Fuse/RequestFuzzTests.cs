using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Mutations of requests that the kernel of this machine sent.</summary>
[Trait("Campaign", "fuzz")]
public sealed class RequestFuzzTests(ITestOutputHelper output)
{
    private const int DecoderInputs = 1_000_000;

    [Fact]
    public void Recorded_requests_are_of_many_kinds() =>
        RecordedTraffic.Messages.Select(message => BitConverter.ToUInt32(message, 4)).Distinct().Count().ShouldBeGreaterThan(25);

    [Fact]
    public void No_message_harms_the_decoder_or_shows_what_is_behind_it() =>
        FuzzRunner.Run(new RequestDecoder(RecordedTraffic.Messages), DecoderInputs, output);
}
