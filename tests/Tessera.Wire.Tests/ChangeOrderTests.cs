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
