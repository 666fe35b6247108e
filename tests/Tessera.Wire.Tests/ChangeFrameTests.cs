using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>CHANGES frames that are none end the session, and tell nobody anything.</summary>
public sealed class ChangeFrameTests
{
    private static readonly FileChange Good = new(ChangeKinds.Modified, IsDirectory: false, new ChangedName(1, [], "a"u8.ToArray()));

    public static TheoryData<string, FileChange> Bad => new()
    {
        { "no kind", Good with { Kinds = ChangeKinds.None } },
        { "an unknown kind", Good with { Kinds = (ChangeKinds)128 } },
        { "everything and more", Good with { Kinds = ChangeKinds.Everything | ChangeKinds.Created } },
        { "everything at a place", Good with { Kinds = ChangeKinds.Everything } },
        { "no directory", Good with { Name = Good.Name with { Parent = 0 } } },
        { "a name that leads up", Good with { Name = Good.Name with { Name = ".."u8.ToArray() } } },
        { "a name with a slash", Good with { Name = Good.Name with { Name = "a/b"u8.ToArray() } } },
        { "a name with a NUL", Good with { Name = Good.Name with { Name = [0] } } },
        { "a name that is too long", Good with { Name = Good.Name with { Name = new byte[256] } } },
        { "no name below the root", Good with { Name = new ChangedName(1, "a"u8.ToArray(), []) } },
        { "a path that leads up", Good with { Name = Good.Name with { ParentPath = "a/../.."u8.ToArray() } } },
        { "an absolute path", Good with { Name = Good.Name with { ParentPath = "/etc"u8.ToArray() } } },
        { "a path that ends in a slash", Good with { Name = Good.Name with { ParentPath = "a/"u8.ToArray() } } },
        { "a path that is too long", Good with { Name = Good.Name with { ParentPath = [.. Enumerable.Repeat((byte)'a', 5000)] } } },
        { "a rename to nowhere", Good with { Kinds = ChangeKinds.Renamed, NewName = new ChangedName(1, [], []) { Parent = 0 } } },
        { "a rename that leads up", Good with { Kinds = ChangeKinds.Renamed, NewName = new ChangedName(1, [], ".."u8.ToArray()) } },
    };

    [Theory]
    [MemberData(nameof(Bad))]
    public async Task Change_that_is_none_ends_the_session(string what, FileChange change)
    {
        (Exception? fault, List<FileChange> told) = await ReceiveAsync(WireFeatures.Changes, Frame(Good, change));

        fault.ShouldBeOfType<WireProtocolException>(what);
        told.ShouldBeEmpty(what);
    }

    [Fact]
    public async Task Changes_cut_anywhere_end_the_session()
    {
        byte[] whole = Frame(Good, Good with { Kinds = ChangeKinds.Renamed, NewName = Good.Name });
        int second = Frame(Good).Length;
        for (int length = FrameHeader.Size + 1; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            new FrameHeader(length, FrameType.Changes, 0, 0).Write(cut);
            (Exception? fault, List<FileChange> told) = await ReceiveAsync(WireFeatures.Changes, cut);
            (fault is WireProtocolException, told.Count).ShouldBe((length != second, length == second ? 1 : 0), $"cut to {length}");
        }
    }

    [Fact]
    public async Task Changes_that_were_not_agreed_on_end_the_session()
    {
        (Exception? fault, List<FileChange> told) = await ReceiveAsync(WireFeatures.None, Frame(Good));

        fault.ShouldBeOfType<WireProtocolException>();
        told.ShouldBeEmpty();
    }

    [Fact]
    public async Task Changes_are_told_in_their_order()
    {
        FileChange renamed = Good with { Kinds = ChangeKinds.Renamed, IsDirectory = true, Ino = 9, NewName = new ChangedName(7, "x/y"u8.ToArray(), "z"u8.ToArray()) };
        (Exception? fault, List<FileChange> told) = await ReceiveAsync(WireFeatures.Changes, Frame(Good, renamed, FileChange.Everything));

        fault.ShouldBeNull();
        told.Select(change => change.Kinds).ShouldBe([ChangeKinds.Modified, ChangeKinds.Renamed, ChangeKinds.Everything]);
        (told[1].IsDirectory, told[1].Ino, told[1].NewName.Parent).ShouldBe((true, 9ul, 7ul));
        told[1].NewName.Path.ShouldBe("x/y/z"u8.ToArray());
    }

    private static byte[] Frame(params FileChange[] changes)
    {
        byte[] frame = new byte[FrameHeader.Size + changes.Sum(ChangesCodec.SizeOf)];
        new FrameHeader(frame.Length, FrameType.Changes, 0, 0).Write(frame);
        var writer = new WireWriter(frame.AsSpan(FrameHeader.Size));
        foreach (FileChange change in changes)
        {
            ChangesCodec.Write(ref writer, change);
        }

        return frame;
    }

    /// <summary>What an importer makes of a frame, after which the connection ends.</summary>
    private static async Task<(Exception? Fault, List<FileChange> Told)> ReceiveAsync(WireFeatures features, byte[] frame)
    {
        var told = new List<FileChange>();
        using var session = new Tessera.Wire.Importing.ImportSession();
        using var files = new Tessera.Wire.Importing.RemoteFileSystem(session) { OnChange = told.Add };
        (MemoryTransport exporter, MemoryTransport importer) = MemoryTransport.CreatePair();
        Task running = session.RunAsync(importer, features);
        await exporter.SendAsync(frame, CancellationToken.None);
        await exporter.SendAsync(new Farewell(FarewellReason.Ended, "").Encode(FrameType.Goodbye), CancellationToken.None);
        return (await Record.ExceptionAsync(() => running), told);
    }
}
