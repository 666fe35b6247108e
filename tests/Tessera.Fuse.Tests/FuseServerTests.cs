using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Fuse.Tests;

public sealed class FuseServerTests
{
    [Fact]
    public async Task Request_header_reaches_the_handler()
    {
        (uint Uid, uint Gid, uint Pid, ulong Node, string Name) seen = default;
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnLookup = (r, name) =>
            {
                seen = (r.Uid, r.Gid, r.Pid, r.NodeId, Encoding.UTF8.GetString(name.Span));
                return new(new FuseEntry { NodeId = 9, EntryTimeout = TimeSpan.FromMilliseconds(1500) });
            },
        });

        var reply = await session.Kernel.Ask(FuseOpcode.Lookup, 7, Bytes.Name("näme")).Soon();

        seen.ShouldBe((1000u, 1001u, 4242u, 7ul, "näme"));
        var entry = MemoryMarshal.Read<FuseEntry>(reply.Payload);
        (entry.NodeId, entry.EntrySeconds, entry.EntryNanoseconds).ShouldBe((9ul, 1ul, 500_000_000u));
    }

    [Fact]
    public async Task Unknown_opcode_and_default_operation_answer_ENOSYS()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem());

        (await session.Kernel.Ask((FuseOpcode)7, 1).Soon()).Errno.ShouldBe(Errno.ENOSYS);
        (await session.Kernel.Ask((FuseOpcode)5000, 1).Soon()).Errno.ShouldBe(Errno.ENOSYS);
        (await session.Kernel.Ask(FuseOpcode.StatFs, 1).Soon()).Errno.ShouldBe(Errno.ENOSYS);
    }

    [Fact]
    public async Task Escaping_exception_is_EIO_for_that_request_alone()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnGetAttributes = static _ => throw new InvalidOperationException("planted"),
            OnRead = static async (_, _, _) =>
            {
                await Task.Yield();
                throw new InvalidOperationException("planted later");
            },
        });

        (await session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]).Soon()).Errno.ShouldBe(Errno.EIO);
        (await session.Kernel.Ask(FuseOpcode.Read, 1, Bytes.Of(new ReadArguments { Size = 10 })).Soon()).Errno.ShouldBe(Errno.EIO);
        (await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon()).Errno.ShouldBe(Errno.ENOENT);
        session.Faults.Select(static fault => fault.Exception?.Message).ShouldBe(["planted", "planted later"]);
    }

    [Fact]
    public async Task Write_data_is_lent_page_aligned_and_read_fills_the_lent_buffer()
    {
        nint alignment = -1;
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnWrite = (_, arguments, data) =>
            {
                alignment = AddressOf(data) % 4096;
                return new(data.Span.IndexOfAnyExcept((byte)7) < 0 && arguments.Size == data.Length ? data.Length : -1);
            },
            OnRead = static (_, arguments, buffer) =>
            {
                buffer.Span.Fill(9);
                return new((int)arguments.Size - 1);
            },
        });
        var data = new byte[5000];
        Array.Fill(data, (byte)7);

        var written = await session.Kernel.Ask(FuseOpcode.Write, 2, Bytes.Concat(Bytes.Of(new WriteArguments { Size = 5000 }), data)).Soon();
        var read = await session.Kernel.Ask(FuseOpcode.Read, 2, Bytes.Of(new ReadArguments { Size = 3000 })).Soon();

        MemoryMarshal.Read<uint>(written.Payload).ShouldBe(5000u);
        alignment.ShouldBe(0);
        read.Payload.Length.ShouldBe(2999);
        read.Payload.ShouldAllBe(static value => value == 9);
    }

    [Fact]
    public async Task Answer_larger_than_asked_for_is_EIO_and_a_fault()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem { OnRead = static (_, _, buffer) => new(buffer.Length + 1) });

        (await session.Kernel.Ask(FuseOpcode.Read, 1, Bytes.Of(new ReadArguments { Size = 10 })).Soon()).Errno.ShouldBe(Errno.EIO);

        session.Faults.ShouldHaveSingleItem().Message.ShouldContain("more than was asked for");
    }

    [Fact]
    public async Task Xattr_of_size_zero_asks_for_the_length()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem { OnListXattr = static (_, names) => new(names.IsEmpty ? 77 : 5) });

        var length = await session.Kernel.Ask(FuseOpcode.ListXattr, 1, Bytes.Of(0UL)).Soon();
        var value = await session.Kernel.Ask(FuseOpcode.ListXattr, 1, Bytes.Of(100UL)).Soon();

        MemoryMarshal.Read<ulong>(length.Payload).ShouldBe(77ul);
        value.Payload.Length.ShouldBe(5);
    }

    [Fact]
    public async Task Directory_reply_is_packed_until_full_and_padded_with_zeroes()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnReadDirectory = static (_, arguments, entries) =>
            {
                for (var cookie = arguments.Offset + 1; entries.TryAdd("abc"u8, ino: 100 + cookie, mode: 0x81A4, cookie); cookie++)
                {
                }

                return new(Errno.None);
            },
        });

        var reply = await session.Kernel.Ask(FuseOpcode.ReadDirectory, 1, Bytes.Of(new ReadArguments { Offset = 5, Size = 100 })).Soon();

        // 24 bytes of header and 3 of name, padded to 32: three fit into 100.
        reply.Payload.Length.ShouldBe(96);
        MemoryMarshal.Read<DirectoryEntryHeader>(reply.Payload).ShouldBe(new DirectoryEntryHeader(106, 6, 3, 8));
        reply.Payload[24..32].ShouldBe([(byte)'a', (byte)'b', (byte)'c', 0, 0, 0, 0, 0]);
    }

    [Fact]
    public async Task Supplementary_group_is_read_from_the_extension()
    {
        uint? seen = null;
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnMakeDirectory = (r, _) =>
            {
                seen = r.TryGetSupplementaryGroup(out var gid) ? gid : null;
                return new(Errno.EROFS);
            },
        });
        byte[] body = [.. Bytes.Of(new MakeDirectoryArguments(0x1FF, 0)), .. Bytes.Name("d"), .. new byte[6], .. Bytes.Of(16u), .. Bytes.Of(32u), .. Bytes.Of(1u), .. Bytes.Of(5005u)];
        var unique = session.Kernel.NextUnique();
        var answer = session.Kernel.Expect(unique);

        session.Kernel.SendRaw(FakeKernel.Message(unique, FuseOpcode.MakeDirectory, 1, body, extensionUnits: 2));
        await answer.Soon();

        seen.ShouldBe(5005u);
    }

    [Fact]
    public async Task Forgets_arrive_one_by_one_and_in_batches_without_a_reply()
    {
        var forgotten = new List<(ulong, ulong)>();
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem { OnForget = (node, lookups) => forgotten.Add((node, lookups)) });

        session.Kernel.Tell(FuseOpcode.Forget, 5, Bytes.Of(3UL));
        session.Kernel.Tell(FuseOpcode.BatchForget, 0, Bytes.Concat(Bytes.Of(new BatchForgetIn(2)), Bytes.Of(new ForgetOne(6, 1)), Bytes.Of(new ForgetOne(7, 2))));
        await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("after")).Soon();

        forgotten.ShouldBe([(5, 3), (6, 1), (7, 2)]);
    }

    [Fact]
    public async Task Entry_the_kernel_does_not_take_is_forgotten()
    {
        var forgotten = new List<(ulong, ulong)>();
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnLookup = static (_, _) => new(new FuseEntry { NodeId = 9 }),
            OnReadDirectory = static (_, _, entries) =>
            {
                entries.TryAdd("."u8, new FuseEntry { NodeId = 1, Attributes = new() { Ino = 1 } }, 1);
                entries.TryAdd("abcdefghi"u8, new FuseEntry { NodeId = 11, Attributes = new() { Ino = 11 } }, 2);
                entries.TryAdd("b"u8, new FuseEntry { NodeId = 12, Attributes = new() { Ino = 12 } }, 3);
                return new(Errno.None);
            },
            OnForget = (node, lookups) => forgotten.Add((node, lookups)),
        });
        session.Kernel.OnReply = static _ => -(int)Errno.ENOENT;

        await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon();
        await session.Kernel.Ask(FuseOpcode.ReadDirectoryPlus, 1, Bytes.Of(new ReadArguments { Size = 4096 })).Soon();
        session.Kernel.OnReply = static _ => 0;
        await session.Kernel.Ask(FuseOpcode.StatFs, 1).Soon();

        forgotten.ShouldBe([(9, 1), (11, 1), (12, 1)]);
        session.Faults.ShouldBeEmpty();
    }

    [Fact]
    public async Task Destroyed_runs_once_after_the_last_answer()
    {
        var gate = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        var destroyed = 0;
        var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnGetAttributes = async _ =>
            {
                await gate.Task;
                return default(FuseAttributesReply);
            },
            OnDestroyed = () => destroyed++,
        });
        var pending = session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]);
        (await session.Kernel.Ask(FuseOpcode.StatFs, 1).Soon()).Errno.ShouldBe(Errno.ENOSYS);

        session.Kernel.Disconnect();
        session.Server.Completion.IsCompleted.ShouldBeFalse();
        destroyed.ShouldBe(0);
        gate.SetResult();
        await session.DisposeAsync();

        (await pending).Errno.ShouldBe(Errno.None);
        destroyed.ShouldBe(1);
    }

    private static unsafe nint AddressOf(ReadOnlyMemory<byte> memory)
    {
        using var pin = memory.Pin();
        return (nint)pin.Pointer;
    }
}
