using System.Runtime.InteropServices;

namespace Tessera.Fuse.Tests;

[Collection(MountCollection.Name)]
public sealed class ZeroAllocationTests
{
    private const long Requests = 1_000_000;

    /// <summary>For the test runner's own timers; a single object per request would make 24 MB.</summary>
    private const long AllowedBytes = 512 * 1024;

    [Fact]
    public async Task Million_requests_allocate_nothing_and_collect_nothing()
    {
        var fileSystem = new FlatFileSystem { FileCount = 100, OpenFlags = OpenOutFlags.DirectIo, Content = new byte[8192] };
        var features = FuseOptions.DefaultFeatures | FuseFeatures.ReadDirectoryPlus;
        await using var mount = TestMount.Start(fileSystem, new FuseOptions { Features = features });
        var (directory, file, created) = (Sys.Path(mount.Directory), Sys.Path(mount.At("f7")), Sys.Path(mount.At("new")));
        var client = new Client(directory, file, created, fileSystem);
        client.Run(20_000);

        var allocated = GC.GetTotalAllocatedBytes(precise: true);
        var collections = GC.CollectionCount(0);
        var before = fileSystem.AskedInAll();
        client.Run(Requests);
        var bytes = GC.GetTotalAllocatedBytes(precise: true) - allocated;

        TestContext.Current.TestOutputHelper?.WriteLine($"{fileSystem.AskedInAll() - before} requests, {bytes} bytes allocated");
        client.Failures.ShouldBe(0);
        bytes.ShouldBeLessThan(AllowedBytes);
        GC.CollectionCount(0).ShouldBe(collections);
        foreach (var opcode in new[]
        {
            FuseOpcode.Lookup, FuseOpcode.GetAttributes, FuseOpcode.Read, FuseOpcode.Write, FuseOpcode.Create, FuseOpcode.Open,
            FuseOpcode.Release, FuseOpcode.Unlink, FuseOpcode.ReadDirectoryPlus, FuseOpcode.Forget, FuseOpcode.Flush,
        })
        {
            fileSystem.Asked(opcode).ShouldBeGreaterThan(1000, opcode.ToString());
        }
    }

    /// <summary>Runs rounds of system calls on a thread of its own until enough requests have been made.</summary>
    private sealed unsafe class Client(byte[] directory, byte[] file, byte[] created, FlatFileSystem fileSystem)
    {
        public int Failures { get; private set; }

        public void Run(long requests)
        {
            var end = fileSystem.AskedInAll() + requests;
            var thread = new Thread(() =>
            {
                var buffer = (byte*)NativeMemory.AlignedAlloc(65536, 4096);
                while (fileSystem.AskedInAll() < end && Failures == 0)
                    Round(buffer);
                NativeMemory.AlignedFree(buffer);
            });
            thread.Start();
            thread.Join();
        }

        private void Round(byte* buffer)
        {
            FuseStatx stat;
            fixed (byte* path = file, newPath = created, directoryPath = directory)
            {
                for (var i = 0; i < 20; i++)
                    Check(Sys.Statx(Sys.CurrentDirectory, path, 0, Sys.BasicStats, &stat));

                var descriptor = Sys.Open(path, Sys.ReadWrite, 0);
                Check(descriptor);
                for (var i = 0; i < 10; i++)
                {
                    Check(Sys.Pread(descriptor, buffer, 4096, 4096));
                    Check(Sys.Pwrite(descriptor, buffer, 4096, 0));
                }

                Check(Sys.Close(descriptor));
                descriptor = Sys.Open(newPath, Sys.ReadWrite | Sys.Create, 0x1B6);
                Check(descriptor);
                Check(Sys.Close(descriptor));
                Check(Sys.Unlink(newPath));
                descriptor = Sys.Open(directoryPath, Sys.Directory, 0);
                Check(descriptor);
                while (Sys.GetDirectoryEntries(descriptor, buffer, 65536) > 0)
                {
                }

                Check(Sys.Close(descriptor));
            }
        }

        private void Check(nint result) => Failures += result < 0 ? 1 : 0;
    }
}
