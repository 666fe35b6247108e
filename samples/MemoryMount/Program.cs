using System.Runtime.InteropServices;
using MemoryMount;
using Tessera.Fuse;

// Mounts an empty file system that lives in memory: MemoryMount DIR. Ends when it is unmounted, or on SIGTERM and SIGINT.
var options = new FuseOptions { OnFault = fault => Console.Error.WriteLine($"{fault.Opcode}: {fault.Message} {fault.Exception}") };
var mount = FuseMount.Mount(args[0], new MemoryFileSystem(), new FuseMountOptions { Source = "memory", Subtype = "memory" }, options);
void Detach(PosixSignalContext context) => context.Cancel = mount.DetachAsync(TimeSpan.FromSeconds(10)) is not null;
using var onTerminate = PosixSignalRegistration.Create(PosixSignal.SIGTERM, Detach);
using var onInterrupt = PosixSignalRegistration.Create(PosixSignal.SIGINT, Detach);
await mount.Completion;
