using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Tests.Harness;

namespace Tessera.Wire.Tests;

/// <summary>What others have changed is on the wire before any reply to what was asked after it.</summary>
public sealed class ChangeOrderTests
{
    [Fact]
    public async Task No_reply_overtakes_a_change()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
        using (HostDirectory host = HostDirectory.Open(scratch.FullName, new HostDirectoryOptions()))
        {
            var others = new Others();
            await using var exporter = new Exporter(host, new ExportPolicy(0, 0, ReadOnly: false), static _ => { }) { Watched = others };
            (MemoryTransport exporterEnd, MemoryTransport end) = MemoryTransport.CreatePair();
            Task<Farewell?> serving = exporter.ServeAsync(exporterEnd, exporter.Offers);
            byte[] frame = new byte[WireLimits.MaxFrame];
            for (ulong i = 1; i <= 300; i++)
            {
                others.Tell!(new FileChange(ChangeKinds.Modified, IsDirectory: false, new ChangedName(0, [], [])) { Ino = i + 100 });
                await end.SendAsync(Stranger.Request(new RequestId(0, i), new Step { Operation = OpCode.GetAttributes, Ino = 1 }), CancellationToken.None);
                ulong newest = 0;
                while (true)
                {
                    int length = await end.ReceiveAsync(frame, TestContext.Current.CancellationToken);
                    FrameHeader.TryRead(frame.AsSpan(0, length), out FrameHeader header).ShouldBeTrue();
                    if (header.Type == FrameType.Reply)
                    {
                        break;
                    }

                    newest = ChangesCodec.Decode(frame.AsSpan(0, length))!.Max(change => change.Ino);
                }

                newest.ShouldBe(i + 100);
            }

            end.Abort();
            await serving;
        }

        scratch.Delete(recursive: true);
    }

    [Fact]
    public async Task A_connection_that_resumes_is_told_unasked_that_anything_may_have_changed()
    {
        DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
        using (HostDirectory host = HostDirectory.Open(scratch.FullName, new HostDirectoryOptions()))
        {
            var others = new Others();
            await using var exporter = new Exporter(host, new ExportPolicy(0, 0, ReadOnly: false), static _ => { }) { Watched = others };
            for (int i = 0; i < 5; i++)
            {
                (MemoryTransport exporterEnd, MemoryTransport end) = MemoryTransport.CreatePair();
                Task<Farewell?> serving = exporter.ServeAsync(exporterEnd, exporter.Offers);
                if (i > 0)
                {
                    byte[] frame = new byte[WireLimits.MaxFrame];
                    int length = await end.ReceiveAsync(frame, TestContext.Current.CancellationToken).AsTask().WaitAsync(TimeSpan.FromSeconds(30), TestContext.Current.CancellationToken);
                    ChangesCodec.Decode(frame.AsSpan(0, length))![0].Kinds.ShouldBe(ChangeKinds.Everything);
                }

                // The connection is lost in the moment in which a change is sent over it.
                exporterEnd.OnSend = _ => throw new IOException("Lost.");
                others.Tell!(new FileChange(ChangeKinds.Modified, IsDirectory: false, new ChangedName(0, [], [])) { Ino = 100 });
                await Task.Delay(50, TestContext.Current.CancellationToken);
                end.Abort();
                await serving;
            }
        }

        scratch.Delete(recursive: true);
    }

    private sealed class Others : IWatchedFiles
    {
        public Action<FileChange>? Tell { get; private set; }

        public bool TryWatch(Action<FileChange> onChange)
        {
            Tell = onChange;
            return true;
        }
    }
}
