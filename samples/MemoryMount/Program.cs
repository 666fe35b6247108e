using System.Runtime.InteropServices;
using MemoryMount;
using Tessera.Fuse;

// MemoryMount DIR: mounts an empty file system that lives in memory, until it is unmounted or SIGTERM comes.
var options = new FuseOptions { OnFault = fault => Console.Error.WriteLine(fault) };
var mount = FuseMount.Mount(args[0], new MemoryFileSystem(), new FuseMountOptions { Source = "memory", Subtype = "memory" }, options);
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, signal =>
{
    signal.Cancel = true;
    _ = mount.DetachAsync(TimeSpan.FromSeconds(10));
});
await mount.Completion;
