namespace Tessera.Fuse.Tests;

/// <summary>Requests the kernel would never send: none may crash the server, hang it, or show a handler bytes beyond the request.</summary>
public sealed class MalformedRequestTests
{
    private const int Seed = 77_001;

    /// <summary>What <see cref="FakeKernel"/> fills the buffer with beyond the message.</summary>
    private const byte Beyond = 0xA5;

    private static readonly (FuseOpcode Opcode, byte[] Body)[] s_wellFormed =
    [
        (FuseOpcode.Lookup, Bytes.Name("name")),
        (FuseOpcode.Forget, new byte[8]),
        (FuseOpcode.BatchForget, Bytes.Concat(Bytes.Of(new BatchForgetIn(2)), new byte[32])),
        (FuseOpcode.GetAttributes, new byte[16]),
        (FuseOpcode.SetAttributes, new byte[88]),
        (FuseOpcode.Symlink, Bytes.Concat(Bytes.Name("name"), Bytes.Name("target"))),
        (FuseOpcode.MakeNode, Bytes.Concat(new byte[16], Bytes.Name("name"))),
        (FuseOpcode.MakeDirectory, Bytes.Concat(new byte[8], Bytes.Name("name"))),
        (FuseOpcode.Unlink, Bytes.Name("name")),
        (FuseOpcode.RemoveDirectory, Bytes.Name("name")),
        (FuseOpcode.Rename, Bytes.Concat(new byte[8], Bytes.Name("old"), Bytes.Name("new"))),
        (FuseOpcode.Rename2, Bytes.Concat(new byte[16], Bytes.Name("old"), Bytes.Name("new"))),
        (FuseOpcode.Link, Bytes.Concat(new byte[8], Bytes.Name("name"))),
        (FuseOpcode.Open, new byte[8]),
        (FuseOpcode.Read, Bytes.Of(new ReadArguments { Size = 100 })),
        (FuseOpcode.Write, Bytes.Concat(Bytes.Of(new WriteArguments { Size = 20 }), new byte[20])),
        (FuseOpcode.Release, new byte[24]),
        (FuseOpcode.Fsync, new byte[16]),
        (FuseOpcode.SetXattr, Bytes.Concat(Bytes.Of(new SetXattrIn(4, SetXattrMode.Create, SetXattrFlags.None)), Bytes.Name("user.a"), new byte[4])),
        (FuseOpcode.GetXattr, Bytes.Concat(Bytes.Of(new GetXattrIn(10)), Bytes.Name("user.a"))),
        (FuseOpcode.ListXattr, Bytes.Of(new GetXattrIn(10))),
        (FuseOpcode.RemoveXattr, Bytes.Name("user.a")),
        (FuseOpcode.Flush, new byte[24]),
        (FuseOpcode.OpenDirectory, new byte[8]),
        (FuseOpcode.ReadDirectory, Bytes.Of(new ReadArguments { Size = 100 })),
        (FuseOpcode.ReadDirectoryPlus, Bytes.Of(new ReadArguments { Size = 400 })),
        (FuseOpcode.ReleaseDirectory, new byte[24]),
        (FuseOpcode.FsyncDirectory, new byte[16]),
        (FuseOpcode.GetLock, new byte[48]),
        (FuseOpcode.SetLock, new byte[48]),
        (FuseOpcode.SetLockWait, new byte[48]),
        (FuseOpcode.Access, new byte[8]),
        (FuseOpcode.Create, Bytes.Concat(new byte[16], Bytes.Name("name"))),
        (FuseOpcode.Bmap, new byte[16]),
        (FuseOpcode.Ioctl, Bytes.Concat(Bytes.Of(new IoctlArguments { InputSize = 8, OutputSize = 8 }), new byte[8])),
        (FuseOpcode.Poll, new byte[24]),
        (FuseOpcode.Fallocate, new byte[32]),
        (FuseOpcode.Lseek, new byte[24]),
        (FuseOpcode.CopyFileRange, new byte[56]),
        (FuseOpcode.CopyFileRange64, new byte[56]),
        (FuseOpcode.TmpFile, Bytes.Concat(new byte[16], Bytes.Name("/"))),
        (FuseOpcode.Statx, new byte[24]),
        (FuseOpcode.SetupMapping, new byte[40]),
        (FuseOpcode.NotifyReply, Bytes.Concat(Bytes.Of(new RetrieveIn(0, 0, 8)), new byte[8])),
    ];

    [Fact]
    public async Task Body_cut_short_anywhere_is_EINVAL()
    {
        await using var session = await FakeSession.StartAsync(new CarefulFileSystem());
        foreach (var (opcode, body) in s_wellFormed)
        {
            // A batch's own count says what is missing; a symlink target may be any length; the rest must be whole.
            for (var length = 0; length < body.Length; length++)
            {
                if (opcode is FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply)
                    session.Kernel.Tell(opcode, 2, body.AsSpan(0, length));
                else if (opcode != FuseOpcode.TmpFile || length < 16)
                    (await session.Kernel.Ask(opcode, 2, body.AsSpan(0, length)).Soon()).Errno.ShouldBe(Errno.EINVAL, $"{opcode} of {length}");
            }

            if (opcode is not (FuseOpcode.Forget or FuseOpcode.BatchForget or FuseOpcode.NotifyReply))
                (await session.Kernel.Ask(opcode, 2, body).Soon()).Errno.ShouldNotBe(Errno.EINVAL, opcode.ToString());
        }
    }

    [Fact]
    public async Task Message_shorter_than_a_header_is_dropped()
    {
        await using var session = await FakeSession.StartAsync(new CarefulFileSystem());

        session.Kernel.SendRaw(new byte[39]);
        session.Kernel.SendRaw([1]);

        (await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon()).Errno.ShouldBe(Errno.ENOENT);
        session.Faults.Count.ShouldBe(2);
    }

    [Fact]
    public async Task Header_that_lies_about_the_length_is_EINVAL()
    {
        await using var session = await FakeSession.StartAsync(new CarefulFileSystem());
        var message = FakeKernel.Message(42, FuseOpcode.Lookup, 1, Bytes.Name("abc"));
        message[0]++;
        var tooManyExtensions = FakeKernel.Message(44, FuseOpcode.Lookup, 1, Bytes.Name("abc"), extensionUnits: 1);

        var (lie, excess) = (session.Kernel.Expect(42), session.Kernel.Expect(44));

        session.Kernel.SendRaw(message);
        session.Kernel.SendRaw(tooManyExtensions);

        (await lie.Soon()).Errno.ShouldBe(Errno.EINVAL);
        (await excess.Soon()).Errno.ShouldBe(Errno.EINVAL);
    }

    [Fact]
    public async Task Mutated_requests_never_harm_the_server()
    {
        var random = new Random(Seed);
        var fileSystem = new CarefulFileSystem();
        await using var session = await FakeSession.StartAsync(fileSystem);
        for (var round = 0; round < 20_000; round++)
        {
            var (opcode, body) = s_wellFormed[random.Next(s_wellFormed.Length)];
            var unique = session.Kernel.NextUnique();
            _ = session.Kernel.Expect(unique);
            var message = Mutate(random, FakeKernel.Message(unique, opcode, (ulong)random.Next(4), body));

            // The number itself stays: replies must go to somebody. So do INIT and INTERRUPT, whose own tests follow their order.
            if (message.Length >= 16)
                BitConverter.TryWriteBytes(message.AsSpan(8), unique);
            session.Kernel.SendRaw(message);
        }

        (await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("alive")).Soon()).Errno.ShouldBe(Errno.ENOENT);
        fileSystem.SawBeyond.ShouldBeFalse($"a handler saw bytes beyond its request; seed {Seed}");
        session.Faults.ShouldNotContain(static fault => fault.Exception != null);
    }

    private static byte[] Mutate(Random random, byte[] message)
    {
        var mutations = random.Next(1, 4);
        for (var i = 0; i < mutations && message.Length > 0; i++)
        {
            switch (random.Next(5))
            {
                case 0:
                    message = message[..random.Next(message.Length)];
                    break;
                case 1:
                    message = [.. message, .. new byte[random.Next(64)]];
                    break;
                case 2:
                    message[random.Next(message.Length)] ^= (byte)(1 << random.Next(8));
                    break;
                case 3 when message.Length >= 4:
                    BitConverter.TryWriteBytes(message.AsSpan(random.Next(message.Length - 3)), random.Next(2) == 0 ? uint.MaxValue : (uint)random.Next());
                    break;
                default:
                    message.AsSpan(random.Next(message.Length)).Fill((byte)random.Next(1, 128));
                    break;
            }

            if (message.Length >= 4 && random.Next(4) != 0)
                BitConverter.TryWriteBytes(message, message.Length);
        }

        return message;
    }

    /// <summary>Looks at everything it is lent.</summary>
    private sealed class CarefulFileSystem : FuseFileSystem
    {
        public bool SawBeyond { get; private set; }

        public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name)
        {
            Look(name);
            return new(Errno.ENOENT);
        }

        public override ValueTask<Errno> Rename(FuseRequest request, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, RenameFlags flags)
        {
            Look(name);
            Look(newName);
            return new(Errno.None);
        }

        public override ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target)
        {
            Look(name);
            Look(target);
            return new(Errno.EROFS);
        }

        public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data)
        {
            Look(data);
            return new(data.Length);
        }

        public override ValueTask<Errno> SetXattr(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, SetXattrArguments arguments)
        {
            Look(name);
            Look(value);
            return new(Errno.None);
        }

        public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer)
        {
            buffer.Span.Clear();
            return new(buffer.Length);
        }

        public override ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries)
        {
            while (entries.TryAdd("entry"u8, 2, 0x8000, 1))
            {
            }

            return new(Errno.None);
        }

        public override ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries) =>
            ReadDirectory(request, arguments, entries);

        public override ValueTask<FuseResult<FuseIoctlResult>> Ioctl(FuseRequest request, IoctlArguments arguments, ReadOnlyMemory<byte> input, Memory<byte> output)
        {
            Look(input);
            output.Span.Clear();
            return new(new FuseIoctlResult(0, output.Length));
        }

        public override void Retrieved(ulong nodeId, ulong offset, ReadOnlyMemory<byte> data) => Look(data);

        private void Look(ReadOnlyMemory<byte> lent) => SawBeyond |= lent.Span.Contains(Beyond);
    }
}
