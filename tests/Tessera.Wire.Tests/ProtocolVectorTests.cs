using System.Diagnostics;
using System.Text.RegularExpressions;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using Tessera.Wire.Transport;

namespace Tessera.Wire.Tests;

/// <summary>The frames that docs/protocol.md shows are the frames of the code.</summary>
public sealed partial class ProtocolVectorTests
{
    [Fact]
    public void Hello_is_as_documented()
    {
        var hello = new Hello(1, 1, WireFeatures.None, ReadOnly: false, SessionKey.None);

        hello.Encode().ShouldBe(Vector("HELLO, versions"));
        Hello decoded = Hello.Decode(Vector("HELLO, versions"))!;
        (decoded.Lowest, decoded.Highest, decoded.ReadOnly, decoded.Session.IsNone).ShouldBe(((ushort)1, (ushort)1, false, true));
    }

    [Fact]
    public void Request_is_as_documented()
    {
        byte[] frame = new byte[512];
        new RequestBody(1000, 1000, 18).Write(frame);
        int length = RequestBody.FirstStep;
        length += StepCodec.Write(frame.AsSpan(length), new Step { Operation = OpCode.Lookup, Ino = 1, Name = "a"u8.ToArray() });
        length += StepCodec.Write(frame.AsSpan(length), new Step { Operation = OpCode.Open });
        new FrameHeader(length, FrameType.Request, 2, new RequestId(3, 1).Encoded).Write(frame);

        frame[..length].ShouldBe(Vector("REQUEST in slot 3, its first"));
    }

    [Fact]
    public async Task Compressed_is_as_documented()
    {
        (MemoryTransport exporter, MemoryTransport importer) = MemoryTransport.CreatePair();
        using var receiver = new CompressingTransport(exporter);
        await importer.SendAsync(Vector("COMPRESSED, of that REQUEST"), TestContext.Current.CancellationToken);
        byte[] frame = new byte[WireLimits.MaxFrame];

        int length = await receiver.ReceiveAsync(frame, TestContext.Current.CancellationToken);

        frame[..length].ShouldBe(Vector("REQUEST in slot 3, its first"));
    }

    [Fact]
    public void Request_with_a_trace_context_is_as_documented()
    {
        byte[] frame = new byte[512];
        var body = new RequestBody(1000, 1000, 18) { Trace = new TraceContext(new UInt128(0x0af7651916cd43dd, 0x8448eb211c80319c), 0xb7ad6b7169203331, 1) };
        body.Write(frame);
        int length = body.StepsAt;
        length += StepCodec.Write(frame.AsSpan(length), new Step { Operation = OpCode.Lookup, Ino = 1, Name = "a"u8.ToArray() });
        new FrameHeader(length, FrameType.Request, 1, new RequestId(3, 1).Encoded).Write(frame);

        frame[..length].ShouldBe(Vector("REQUEST in slot 3, traced"));
        RequestBody.TryRead(frame, mayTrace: true, out RequestBody read).ShouldBeTrue();
        read.ShouldBe(body);
        ActivityContext.TryParse("00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01", traceState: null, isRemote: true, out ActivityContext parent).ShouldBeTrue();
        read.Trace.ToParent().ShouldBe(parent);
    }

    /// <summary>Where it was not agreed on; without a trace, or a span; with something in its last bytes; cut off.</summary>
    [Theory]
    [InlineData(false, 0, 0, 0, 0)]
    [InlineData(true, 0, 16, 0, 0)]
    [InlineData(true, 16, 8, 0, 0)]
    [InlineData(true, 27, 1, 1, 0)]
    [InlineData(true, 0, 0, 0, 1)]
    public void What_is_no_trace_context_is_no_request(bool mayTrace, int at, int count, byte value, int missing)
    {
        byte[] frame = new byte[RequestBody.FirstStep + TraceContext.Size];
        new RequestBody(1, 1, 0) { Trace = new TraceContext(1, 2, 1) }.Write(frame);
        RequestBody.TryRead(frame, mayTrace: true, out _).ShouldBeTrue();
        frame.AsSpan(RequestBody.FirstStep + at, count).Fill(value);

        RequestBody.TryRead(frame.AsSpan(0, frame.Length - missing), mayTrace, out _).ShouldBeFalse();
    }

    [Fact]
    public void Reply_is_as_documented()
    {
        byte[] frame = new byte[FrameHeader.Size + StepCodec.HeaderSize];
        StepCodec.WriteHeader(frame.AsSpan(FrameHeader.Size), OpCode.Lookup, (int)FsError.NotFound, 0);
        new FrameHeader(frame.Length, FrameType.Reply, 1, new RequestId(3, 1).Encoded).Write(frame);

        frame.ShouldBe(Vector("REPLY to it"));
    }

    [Fact]
    public void Changes_are_as_documented()
    {
        byte[] a = "a"u8.ToArray();
        byte[] d = "d"u8.ToArray();
        FileChange[] changes =
        [
            new(ChangeKinds.Modified | ChangeKinds.Written, IsDirectory: false, new ChangedName(5, a, "b"u8.ToArray())) { Ino = 7 },
            new(ChangeKinds.Renamed, IsDirectory: true, new ChangedName(1, [], d)) { NewName = new ChangedName(5, a, d) },
        ];
        byte[] frame = new byte[FrameHeader.Size + changes.Sum(ChangesCodec.SizeOf)];
        new FrameHeader(frame.Length, FrameType.Changes, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        foreach (FileChange change in changes)
        {
            ChangesCodec.Write(ref writer, change);
        }

        frame.ShouldBe(Vector("CHANGES"));
        ChangesCodec.Decode(frame)!.Select(change => (change.Kinds, change.Ino)).ShouldBe(changes.Select(change => (change.Kinds, change.Ino)));
    }

    [Fact]
    public void Lock_is_as_documented()
    {
        byte[] frame = new byte[256];
        new RequestBody(1000, 1000, 18).Write(frame);
        Step step = LockCodec.StepOf(7, 1, new LockOwner(9, IsFlock: false), new FileLock(16, 31, FileLockKind.Exclusive), isQuestion: false);
        int length = RequestBody.FirstStep + StepCodec.Write(frame.AsSpan(RequestBody.FirstStep), step);
        new FrameHeader(length, FrameType.Request, 1, new RequestId(3, 1).Encoded).Write(frame);

        frame[..length].ShouldBe(Vector("REQUEST in slot 3: lock"));
    }

    [Theory]
    [InlineData(WireRole.Exporter, false)]
    [InlineData(WireRole.Importer, true)]
    public void Roles_come_back_as_they_were_sent(WireRole role, bool readOnly)
    {
        byte[] hello = new Hello(1, 1, WireFeatures.Locks, readOnly, SessionKey.None) { Role = role }.Encode();
        byte[] welcome = (new Welcome(1, TimeSpan.FromSeconds(1), WireFeatures.Locks, SessionKey.Create()) { ReadOnly = readOnly }).Encode();

        (Hello.Decode(hello)!.Role, Hello.Decode(hello)!.ReadOnly).ShouldBe((role, readOnly));
        Welcome.Decode(welcome)!.ReadOnly.ShouldBe(readOnly);
        hello[FrameHeader.Size + 16] = 3;
        Hello.Decode(hello).ShouldBeNull("a role that there is not");
    }

    [Fact]
    public void What_opens_without_HTTP_is_as_documented()
    {
        new OpenFrame("/exports/a", "0123456789abcdef").Encode().ShouldBe(Vector("OPEN of"));
        new OpenedFrame(OpenedFrame.Admitted, string.Empty).Encode().ShouldBe(Vector("OPENED, come in"));
        new OpenedFrame(401, "certificate-required").Encode().ShouldBe(Vector("OPENED, with"));
        byte[] ping = new byte[FrameHeader.Size];
        new FrameHeader(FrameHeader.Size, FrameType.Ping, 0, 0).Write(ping);
        ping.ShouldBe(Vector("PING:"[..^1]));
    }

    [Fact]
    public void Goodbye_is_as_documented()
    {
        new Farewell(FarewellReason.Ended, "bye").Encode(FrameType.Goodbye).ShouldBe(Vector("GOODBYE, ended"));
        Farewell.Decode(Vector("GOODBYE, ended")).ShouldBe(new Farewell(FarewellReason.Ended, "bye"));
    }

    [Fact]
    public void Welcome_comes_back_as_it_was_sent()
    {
        var welcome = new Welcome(1, TimeSpan.FromSeconds(30), WireFeatures.None, SessionKey.Create());

        Welcome decoded = Welcome.Decode(welcome.Encode())!;
        (decoded.Version, decoded.Grace, decoded.Features).ShouldBe((welcome.Version, welcome.Grace, welcome.Features));
        decoded.Session.Matches(welcome.Session).ShouldBeTrue();
        decoded.Session.Matches(SessionKey.Create()).ShouldBeFalse();
    }

    [Theory]
    [InlineData("Frame", WireLimits.MaxFrame)]
    [InlineData("Data", WireLimits.MaxData)]
    [InlineData("Listing", WireLimits.MaxListing)]
    [InlineData("Changes", WireLimits.MaxChanges)]
    [InlineData("Pending changes", WireLimits.MaxPendingChanges)]
    [InlineData("Files", WireLimits.MaxOpenFiles)]
    [InlineData("Inodes", WireLimits.MaxInodes)]
    [InlineData("Open", WireLimits.MaxOpen)]
    public void Limit_is_as_documented(string name, int limit) => Document().Contains($" {limit:N0}").ShouldBeTrue(name);

    private static byte[] Vector(string heading)
    {
        Match block = Block().Matches(Document()).Single(match => match.Groups["heading"].Value.StartsWith(heading, StringComparison.Ordinal));
        return Convert.FromHexString(string.Concat(block.Groups["hex"].Value.Where(char.IsAsciiHexDigit)));
    }

    private static string Document()
    {
        DirectoryInfo directory = new(AppContext.BaseDirectory);
        while (!File.Exists(Path.Combine(directory.FullName, "Tessera.slnx")))
        {
            directory = directory.Parent!;
        }

        return File.ReadAllText(Path.Combine(directory.FullName, "docs", "protocol.md"));
    }

    [GeneratedRegex(@"^(?<heading>[A-Z]+[^\n]*):\n\n```\n(?<hex>[0-9a-f \n]+)```", RegexOptions.ExplicitCapture | RegexOptions.Multiline, matchTimeoutMilliseconds: 5000)]
    private static partial Regex Block();
}
