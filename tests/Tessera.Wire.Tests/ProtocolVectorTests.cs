using System.Text.RegularExpressions;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

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

        frame[..length].ShouldBe(Vector("REQUEST in slot 3"));
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
