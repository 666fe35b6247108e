using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>An importer that means harm reaches nothing but the shared directory, and breaks nothing but its own session.</summary>
public sealed class StrangerTests
{
    [Theory]
    [InlineData("../outside")]
    [InlineData("..")]
    [InlineData(".")]
    [InlineData("")]
    [InlineData("d/../../outside")]
    [InlineData("/etc/passwd")]
    [InlineData("a\0b")]
    public async Task A_name_that_leads_out_is_refused_by_every_operation_that_takes_one(string name)
    {
        await using var stranger = new Stranger();
        string outside = Path.Combine(stranger.Above, "outside");
        File.WriteAllText(outside, "secret");
        File.WriteAllText(Path.Combine(stranger.Path, "f"), "inside");
        ulong sequence = 0;
        Step[] steps =
        [
            new() { Operation = OpCode.Lookup }, new() { Operation = OpCode.MakeNode, Mode = ModeBits.Regular }, new() { Operation = OpCode.Create, Flags = 2 },
            new() { Operation = OpCode.Link, OtherIno = 1 }, new() { Operation = OpCode.Unlink }, new() { Operation = OpCode.RemoveDirectory },
            new() { Operation = OpCode.Rename, OtherIno = 1, OtherName = Name("g") },
        ];

        foreach (Step step in steps)
        {
            byte[] reply = await stranger.AskAsync(Stranger.Request(new RequestId(0, ++sequence), step with { Ino = 1, Name = Name(name) }));
            Stranger.ErrorOf(reply).ShouldBe(FsError.InvalidArgument, step.Operation.ToString());
        }

        byte[] moved = await stranger.AskAsync(Stranger.Request(
            new RequestId(0, ++sequence), new Step { Operation = OpCode.Rename, Ino = 1, OtherIno = 1, Name = Name("f"), OtherName = Name(name) }));
        Stranger.ErrorOf(moved).ShouldBe(FsError.InvalidArgument);
        File.ReadAllText(outside).ShouldBe("secret");
        Directory.GetFileSystemEntries(stranger.Above).Length.ShouldBe(2);
    }

    [Theory]
    [InlineData(ModeBits.CharacterDevice)]
    [InlineData(ModeBits.BlockDevice)]
    public async Task A_device_is_not_made(uint type)
    {
        await using var stranger = new Stranger();

        byte[] reply = await stranger.AskAsync(Stranger.Request(new RequestId(0, 1), new Step { Operation = OpCode.MakeNode, Ino = 1, Mode = type | 0x1B6, Rdev = 0x103, Name = Name("null") }));

        Stranger.ErrorOf(reply).ShouldBe(FsError.NotPermitted);
        Directory.GetFileSystemEntries(stranger.Path).ShouldBeEmpty();
    }

    [Fact]
    public async Task Set_user_id_is_not_planted()
    {
        await using var stranger = new Stranger();
        const uint Mode = ModeBits.SetUid | ModeBits.SetGid | 0x1ED;

        await stranger.AskAsync(Stranger.Request(
            new RequestId(0, 1),
            new Step { Operation = OpCode.Create, Ino = 1, Mode = Mode, Flags = 2, Name = Name("f") },
            new Step { Operation = OpCode.SetAttributes, Changes = new AttributeChanges { Mask = AttributeMask.Mode, Mode = ModeBits.Regular | Mode } }));

        File.GetUnixFileMode(Path.Combine(stranger.Path, "f")).ShouldBe((UnixFileMode)0x1ED);
    }

    [Fact]
    public async Task A_read_only_share_is_changed_by_no_operation()
    {
        await using var stranger = new Stranger(readOnly: true);
        string file = Path.Combine(stranger.Path, "f");
        File.WriteAllText(file, "content");
        DateTime before = File.GetLastWriteTimeUtc(file);
        ulong sequence = 0;
        byte[] found = await stranger.AskAsync(Stranger.Request(new RequestId(0, ++sequence), new Step { Operation = OpCode.Lookup, Ino = 1, Name = Name("f") }));
        ulong ino = BinaryPrimitives.ReadUInt64LittleEndian(found.AsSpan(FrameHeader.Size + StepCodec.HeaderSize));
        Step[] steps =
        [
            new() { Operation = OpCode.Open, Ino = ino, Flags = 1 }, new() { Operation = OpCode.Open, Ino = ino, Flags = (uint)OpenFlags.Truncate },
            new() { Operation = OpCode.SetAttributes, Ino = ino, Changes = new AttributeChanges { Mask = AttributeMask.Mode } },
            new() { Operation = OpCode.Create, Ino = 1, Flags = 2, Name = Name("g") }, new() { Operation = OpCode.Unlink, Ino = 1, Name = Name("f") },
            new() { Operation = OpCode.Write, Ino = ino, Data = Name("x") }, new() { Operation = OpCode.SetXattr, Ino = ino, Name = Name("user.x") },
            new() { Operation = OpCode.Rename, Ino = 1, OtherIno = 1, Name = Name("f"), OtherName = Name("g") },
        ];

        foreach (Step step in steps)
        {
            Stranger.ErrorOf(await stranger.AskAsync(Stranger.Request(new RequestId(0, ++sequence), step))).ShouldBe(FsError.ReadOnly, step.Operation.ToString());
        }

        File.ReadAllText(file).ShouldBe("content");
        File.GetLastWriteTimeUtc(file).ShouldBe(before);
    }

    [Fact]
    public async Task Files_left_open_are_bounded_and_closed_with_the_session()
    {
        await using var stranger = new Stranger();
        File.WriteAllText(Path.Combine(stranger.Path, "f"), "x");
        byte[] found = await stranger.AskAsync(Stranger.Request(new RequestId(0, 1), new Step { Operation = OpCode.Lookup, Ino = 1, Name = Name("f") }));
        ulong ino = BinaryPrimitives.ReadUInt64LittleEndian(found.AsSpan(FrameHeader.Size + StepCodec.HeaderSize));
        FsError last = FsError.None;

        for (ulong i = 1; i <= WireLimits.MaxOpenFiles + 1; i++)
        {
            last = Stranger.ErrorOf(await stranger.AskAsync(Stranger.Request(new RequestId(1, i), new Step { Operation = OpCode.Open, Ino = ino })));
        }

        last.ShouldBe(FsError.TooManyOpenFiles);
        stranger.Exporter.OpenFiles.ShouldBe(WireLimits.MaxOpenFiles);
        await stranger.EndAsync(hangUp: true);
        await stranger.Exporter.DisposeAsync();
        stranger.Exporter.OpenFiles.ShouldBe(0);
    }

    [Fact]
    public async Task A_handle_is_good_for_its_own_inode_only()
    {
        await using var stranger = new Stranger();
        File.WriteAllText(Path.Combine(stranger.Path, "f"), "x");

        byte[] reply = await stranger.AskAsync(Stranger.Request(
            new RequestId(0, 1), new Step { Operation = OpCode.Create, Ino = 1, Flags = 2, Mode = 0x1B6, Name = Name("g") },
            new Step { Operation = OpCode.Read, Ino = 1, Handle = StepTable.HandleBefore, Length = 10 }));

        int second = FrameHeader.Size + StepCodec.HeaderSize + AttributesCodec.Size + sizeof(ulong);
        ((FsError)BinaryPrimitives.ReadUInt16LittleEndian(reply.AsSpan(second + 2))).ShouldBe(FsError.BadHandle);
    }

    [Fact]
    public async Task A_trace_that_was_not_agreed_on_ends_the_session()
    {
        await using var stranger = new Stranger();
        byte[] frame = Stranger.Request(new RequestId(0, 1), new Step { Operation = OpCode.GetAttributes, Ino = 1 });
        frame[RequestBody.FirstStep - sizeof(uint)] = 1;

        await stranger.SendAsync(frame);

        (await stranger.EndAsync()).ShouldBeOfType<WireProtocolException>();
    }

    [Fact]
    public async Task A_request_cut_at_any_byte_is_refused_whole()
    {
        byte[] whole = Stranger.Request(
            new RequestId(0, 1), new Step { Operation = OpCode.Create, Ino = 1, Flags = 2, Mode = 0x1B6, Name = Name("made") },
            new Step { Operation = OpCode.Write, Handle = StepTable.HandleBefore, Data = Name("content") });
        for (int length = 1; length < whole.Length; length++)
        {
            byte[] cut = whole[..length];
            foreach (bool lies in new[] { true, false })
            {
                if (!lies && length >= sizeof(int))
                {
                    BinaryPrimitives.WriteInt32LittleEndian(cut, length);
                }

                await using var stranger = new Stranger();
                await stranger.SendAsync(cut);

                (await stranger.EndAsync()).ShouldBeOfType<WireProtocolException>($"{length} bytes, lies: {lies}");
                Directory.GetFileSystemEntries(stranger.Path).ShouldBeEmpty($"{length} bytes, lies: {lies}");
            }
        }
    }

    [Theory]
    [InlineData(OpCode.GetAttributes)]
    [InlineData(OpCode.Open)]
    [InlineData(OpCode.ReadDirectory)]
    [InlineData(OpCode.Sync)]
    [InlineData(OpCode.Link)]
    public async Task An_inode_that_was_never_told_of_is_stale_whatever_the_file_system_knows(OpCode operation)
    {
        await using var stranger = new Stranger();
        File.WriteAllText(Path.Combine(stranger.Path, "f"), "inside");
        FsResult<InodeAttributes> known = await stranger.Files.LookupAsync(Caller.Engine, 1, Name("f"));

        byte[] reply = await stranger.AskAsync(Stranger.Request(new RequestId(0, 1), operation == OpCode.Link
            ? new Step { Operation = operation, Ino = 1, OtherIno = known.Value.Ino, Name = Name("g") }
            : new Step { Operation = operation, Ino = known.Value.Ino, Length = 4096 }));

        Stranger.ErrorOf(reply).ShouldBe(FsError.Stale);
        File.Exists(Path.Combine(stranger.Path, "g")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_is_not_given_to_another_owner_where_that_is_not_the_importers_to_say()
    {
        await using var stranger = new Stranger(new ExportPolicy(0, 0, ReadOnly: false) { KeepsOwners = true });
        foreach (AttributeMask mask in new[] { AttributeMask.Uid, AttributeMask.Gid, AttributeMask.Mode | AttributeMask.Uid })
        {
            byte[] reply = await stranger.AskAsync(Stranger.Request(
                new RequestId((int)mask % 100, 1), new Step { Operation = OpCode.SetAttributes, Ino = 1, Changes = new AttributeChanges { Mask = mask, Uid = 12345, Gid = 12345 } }));
            Stranger.ErrorOf(reply).ShouldBe(FsError.NotPermitted, mask.ToString());
        }
    }
}
