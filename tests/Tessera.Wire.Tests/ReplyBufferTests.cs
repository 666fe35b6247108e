using System.Buffers;
using System.Runtime.InteropServices;
using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>The buffer of a reply is nobody else's while a connection sends it.</summary>
public sealed class ReplyBufferTests : IDisposable
{
    private static readonly ExportPolicy s_policy = new(0, 0, ReadOnly: true);
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");

    public void Dispose() => scratch.Delete(recursive: true);

    /// <summary>A connection is lost while it sends a reply; the request comes again over the next, is done again, and only then does the first give up.</summary>
    [Fact]
    public async Task A_send_over_a_lost_connection_that_ends_late_does_not_free_the_buffer_of_the_next()
    {
        using HostDirectory host = HostDirectory.Open(scratch.FullName, new HostDirectoryOptions());
        await using var exporter = new Exporter(host, s_policy, _ => { });
        var slot = new ExportSlot(exporter, new StepExecutor(exporter, host, s_policy, new ToldInodes(host), new ExportedHandles(host)));
        OutgoingReply lost = await DoAsync(slot);
        OutgoingReply next = await DoAsync(slot);

        slot.Sent(lost);

        MemoryMarshal.TryGetArray(next.Frame, out ArraySegment<byte> used).ShouldBeTrue();
        IsRented(used.Array!).ShouldBeTrue("the next reply is still being sent");
        slot.Sent(next);
        IsRented(used.Array!).ShouldBeFalse("it has been sent, and is not kept");
    }

    /// <summary>Whether the pool does not hold it: it gives a thread the last array that came back to it.</summary>
    private static bool IsRented(byte[] array)
    {
        byte[] given = ArrayPool<byte>.Shared.Rent(array.Length);
        bool isRented = !ReferenceEquals(given, array);
        ArrayPool<byte>.Shared.Return(given);
        return isRented;
    }

    private static async Task<OutgoingReply> DoAsync(ExportSlot slot)
    {
        byte[] request = Stranger.Request(new RequestId(0, 1), new Step { Operation = OpCode.GetAttributes, Ino = FsLimits.RootInode });
        slot.Begin(1, request, 4096, keepsReply: false);
        await slot.DoAsync(s_policy, _ => { });
        return slot.Finish();
    }
}
