using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>What is still being sent over a connection when another has its place fails late.</summary>
public sealed class LateFailureTests
{
    [Fact]
    public async Task A_send_that_fails_after_its_connection_was_replaced_leaves_the_new_one_alone()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
        using (HostDirectory host = HostDirectory.Open(scratch.FullName, new HostDirectoryOptions()))
        {
            await using var exporter = new Exporter(host, new ExportPolicy(0, 0, ReadOnly: false), static _ => { });
            using var isSending = new SemaphoreSlim(0);
            using var mayFail = new SemaphoreSlim(0);
            (MemoryTransport oldExporterEnd, MemoryTransport oldEnd) = MemoryTransport.CreatePair();
            oldExporterEnd.OnSend = _ =>
            {
                isSending.Release();
                mayFail.Wait();
                throw new IOException("The connection was cut.");
            };
            Task<Farewell?> before = exporter.ServeAsync(oldExporterEnd);
            byte[] request = Stranger.Request(new RequestId(0, 1), new Step { Operation = OpCode.GetAttributes, Ino = 1 });
            await oldEnd.SendAsync(request, CancellationToken.None);
            await isSending.WaitAsync(TestContext.Current.CancellationToken);
            oldEnd.Abort();
            await before;

            (MemoryTransport exporterEnd, MemoryTransport end) = MemoryTransport.CreatePair();
            Task<Farewell?> after = exporter.ServeAsync(exporterEnd);
            mayFail.Release();
            await end.SendAsync(request, CancellationToken.None);
            byte[] frame = new byte[WireLimits.MaxFrame];
            int length = await end.ReceiveAsync(frame, TestContext.Current.CancellationToken);

            FrameHeader.TryRead(frame.AsSpan(0, length), out FrameHeader header).ShouldBeTrue("The new connection was cut");
            header.Type.ShouldBe(FrameType.Reply);
            after.IsCompleted.ShouldBeFalse();
            end.Abort();
            await after;
        }

        scratch.Delete(recursive: true);
    }
}
