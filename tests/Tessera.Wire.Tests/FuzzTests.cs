using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests;

/// <summary>Frames that were changed at random: each end answers, or ends the session; it does not fail otherwise, reach outside or wait for ever.</summary>
[Trait("Campaign", "fuzz")]
public sealed class FuzzTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private static int Frames => Environment.GetEnvironmentVariable("CAMPAIGN") is "full" ? 2_000_000 : 10_000;

    [Fact]
    public async Task Changed_requests_are_done_or_end_the_session()
    {
        var random = new Seeded(7);
        byte[][] samples = Samples();
        int ended = 0;
        int answered = 0;
        for (int done = 0; done < Frames;)
        {
            await using var stranger = new Stranger();
            File.WriteAllText(Path.Combine(stranger.Above, "outside"), "secret");
            File.WriteAllText(Path.Combine(stranger.Path, "f"), "content");
            for (ulong sequence = 1; done < Frames && !stranger.Serving.IsCompleted; sequence++, done++)
            {
                byte[] frame = Change(samples[random.Next(samples.Length)], random, sequence);
                try
                {
                    Task<byte[]> reply = stranger.AskAsync(frame);
                    await Task.WhenAny(reply, stranger.Serving).WaitAsync(Limit, TestContext.Current.CancellationToken);
                    answered += reply.IsCompletedSuccessfully ? 1 : 0;
                }
                catch (IOException)
                {
                    break;
                }
            }

            ended += await stranger.EndAsync(hangUp: !stranger.Serving.IsCompleted) is WireProtocolException ? 1 : 0;
            stranger.Faults.ShouldBeEmpty();
            File.ReadAllText(Path.Combine(stranger.Above, "outside")).ShouldBe("secret");
            Directory.GetFileSystemEntries(stranger.Above).Length.ShouldBe(2);
        }

        ended.ShouldBeGreaterThan(Frames / 100);
        answered.ShouldBeGreaterThan(Frames / 10);
    }

    [Fact]
    public async Task Changed_replies_are_taken_or_end_the_session()
    {
        var random = new Seeded(8);
        int ended = 0;
        for (int done = 0; done < Frames / 50; done++)
        {
            await using var pair = new WirePair();
            File.WriteAllText(Path.Combine(pair.Path, "f"), "content");
            (MemoryTransport exporterEnd, MemoryTransport importerEnd) = MemoryTransport.CreatePair();
            exporterEnd.OnSend = frame => random.OneIn(3) ? ChangeAnywhere(frame, random) : frame;
            Task<Farewell?> exporting = pair.Exporter.ServeAsync(exporterEnd);
            Task<Farewell?> importing = pair.Session.RunAsync(importerEnd);
            Task working = WorkAsync(pair);

            await Task.WhenAny(importing, working).WaitAsync(Limit, TestContext.Current.CancellationToken);
            pair.Session.End();
            await working.WaitAsync(Limit, TestContext.Current.CancellationToken);
            importerEnd.Abort();
            await exporting;
            ended += await Record.ExceptionAsync(() => importing) switch
            {
                null => 0,
                WireProtocolException => 1,
                Exception other => throw new InvalidOperationException("A changed reply met no check.", other),
            };
        }

        ended.ShouldBeGreaterThan(10);
    }

    private static async Task WorkAsync(WirePair pair)
    {
        byte[] buffer = new byte[300];
        for (int i = 0; i < 5; i++)
        {
            ulong ino = (await pair.Files.LookupAsync(Me, 1, Name("f"))).Value.Ino;
            ulong handle = (await pair.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Value;
            FsResult<int> read = await pair.Files.ReadAsync(Me, new FileSpan(ino, handle, 0), buffer);
            read.Value.ShouldBeInRange(0, buffer.Length);
            _ = await pair.Files.ReadDirectoryAsync(Me, 1, 0, new CollectingSink(entriesAtOnce: 10));
            _ = await pair.Files.ListXattrsAsync(Me, ino, buffer);
            _ = await pair.Files.GetStatisticsAsync(Me);
        }
    }

    private static byte[][] Samples() =>
    [
        Stranger.Request(default, new Step { Operation = OpCode.Lookup, Ino = 1, Name = Name("f") }, new Step { Operation = OpCode.Open }, new Step { Operation = OpCode.Read, Handle = StepTable.HandleBefore, Length = 100 }),
        Stranger.Request(default, new Step { Operation = OpCode.Create, Ino = 1, Flags = 2, Mode = 0x1A4, Name = Name("made") }, new Step { Operation = OpCode.Write, Handle = StepTable.HandleBefore, Data = new byte[50] }),
        Stranger.Request(default, new Step { Operation = OpCode.ReadDirectory, Ino = 1, Length = 4096, Flags = 1 }),
        Stranger.Request(default, new Step { Operation = OpCode.Rename, Ino = 1, OtherIno = 1, Name = Name("f"), OtherName = Name("g") }),
        Stranger.Request(default, new Step { Operation = OpCode.MakeNode, Ino = 1, Mode = ModeBits.Symlink, Name = Name("link"), OtherName = Name("../outside") }),
        Stranger.Request(default, new Step { Operation = OpCode.SetAttributes, Ino = 1, Changes = new AttributeChanges { Mask = AttributeMask.ModifyTime } }, new Step { Operation = OpCode.Statistics }),
        Stranger.Request(default, LockCodec.StepOf(1, 1, new LockOwner(7, IsFlock: false), new FileLock(0, 99, FileLockKind.Exclusive), isQuestion: false)),
        Stranger.Request(default, new Step { Operation = OpCode.SetXattr, Ino = 1, Name = Name("user.a"), Data = Name("value") }, new Step { Operation = OpCode.ListXattrs, Ino = 1, Length = 100 }),
    ];

    /// <summary>One to four bytes of the steps, and now and then of the rest, are others.</summary>
    private static byte[] Change(byte[] sample, Seeded random, ulong sequence)
    {
        byte[] frame = [.. sample];
        BinaryPrimitives.WriteUInt64LittleEndian(frame.AsSpan(8), new RequestId(0, sequence).Encoded);
        int from = random.OneIn(20) ? 0 : RequestBody.FirstStep;
        for (int i = random.Next(4); i >= 0; i--)
        {
            frame[from + random.Next(frame.Length - from)] = random.OneIn(2) ? (byte)random.Next(256) : (byte)random.Next(3);
        }

        return frame;
    }

    /// <summary>Anywhere but in the id: who answers another request than was asked answers this one never, which only time can tell.</summary>
    private static byte[] ChangeAnywhere(byte[] frame, Seeded random)
    {
        if (random.OneIn(4))
        {
            frame = frame[..(1 + random.Next(frame.Length))];
            if (frame.Length >= sizeof(int))
            {
                BinaryPrimitives.WriteInt32LittleEndian(frame, frame.Length);
            }
        }

        int at = random.Next(frame.Length);
        if (at is < 8 or >= FrameHeader.Size)
        {
            frame[at] = (byte)random.Next(256);
        }

        return frame;
    }
}
