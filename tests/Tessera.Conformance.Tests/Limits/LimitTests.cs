using System.Runtime.InteropServices;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>What this kernel does not send to a FUSE daemon, or answers itself. docs/limits-of-fuse.md holds the outcome; LIMITS_TABLE=write in the environment
/// writes it anew. A kernel that does otherwise fails this test: then there is something to build, or to strike off.</summary>
public sealed class LimitTests(PlaceSet places) : IClassFixture<PlaceSet>
{
    private static readonly string s_document = Path.Combine(TesseraCommand.Root, "docs", "limits-of-fuse.md");

    [Fact]
    public void Table_is_what_this_kernel_does()
    {
        Assert.SkipUnless(RequestTrace.IsThere, "This kernel has no tracepoint fuse:fuse_request_send.");
        using var trace = new RequestTrace(Path.GetDirectoryName(places.NewRoom(PlaceSet.Tessera, Ground.Ordinary).Path)!);
        List<(Probe, ProbeResult, ProbeResult)> rows = [.. Probes.All.Select(probe => (probe, Run(PlaceSet.Ext4, probe, trace), Run(PlaceSet.Tessera, probe, trace)))];
        string document = File.ReadAllText(s_document);
        string current = LimitTable.Put(document, LimitTable.Text(rows));
        if (Environment.GetEnvironmentVariable("LIMITS_TABLE") is "write")
        {
            File.WriteAllText(s_document, current);
            document = current;
        }

        document.Split('\n').ShouldBe(current.Split('\n'), "Read what changed, then write it anew: LIMITS_TABLE=write ./test --project Conformance --filter Table_is");
    }

    /// <summary>The trace tells of what is sent: otherwise an empty one would prove nothing.</summary>
    [Theory]
    [InlineData("FALLOCATE")]
    [InlineData("FSYNC")]
    [InlineData("OPEN, IOCTL")] // fuse_priv_ioctl opens the file once more to ask.
    public void A_request_that_is_sent_is_seen(string request)
    {
        Assert.SkipUnless(RequestTrace.IsThere, "This kernel has no tracepoint fuse:fuse_request_send.");
        using Room room = places.NewRoom(PlaceSet.Tessera, Ground.Ordinary);
        var probe = new ProbeRoom(room);
        using var trace = new RequestTrace(probe.MountPath);
        trace.Clear();
        _ = request switch
        {
            "FALLOCATE" => RawCall.Fallocate(probe.File, 3, 0, 4096),
            "FSYNC" => RawCall.Call(74, probe.File),
            _ => RawCall.Ioctl(probe.File, 0x80086601, new byte[8]),
        };
        string.Join(", ", trace.Requests).ShouldBe(request);
    }

    private ProbeResult Run(string place, Probe probe, RequestTrace trace)
    {
        using Room room = places.NewRoom(place, Ground.Ordinary);
        var where = new ProbeRoom(room);
        trace.Clear();
        long result = probe.Call(where);
        string outcome = result >= 0 ? "ok" : ErrorName.Of(Marshal.GetLastPInvokeError());
        string requests = string.Join(", ", trace.Requests);
        if (result >= 0)
        {
            probe.Undo(where);
        }

        return new ProbeResult(outcome, requests.Length == 0 ? "–" : requests);
    }
}
