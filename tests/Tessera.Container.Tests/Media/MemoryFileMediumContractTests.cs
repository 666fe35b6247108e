namespace Tessera.Container.Tests.Media;

/// <summary>The contract on tmpfs, which says nothing of alignment and punches and allocates in its own way.</summary>
public sealed class MemoryFileMediumContractTests() : FileMediumContractTests(TemporaryDirectory.TryCreateInMemory() ?? TemporaryDirectory.Create());
