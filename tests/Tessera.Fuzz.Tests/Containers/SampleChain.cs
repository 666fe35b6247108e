using Tessera.Container.Format;

namespace Tessera.Fuzz.Tests.Containers;

/// <summary>A chain, opened.</summary>
internal sealed record SampleChain(string Purpose, ChainReference Reference, byte[] Payload);
