using System.Runtime.CompilerServices;

[assembly: DisableRuntimeMarshalling]
[assembly: InternalsVisibleTo("Tessera.Fuse.Tests")]
[assembly: InternalsVisibleTo("Tessera.Fuzz.Tests")]
[assembly: InternalsVisibleTo("Tessera.MicroBenchmarks")]
