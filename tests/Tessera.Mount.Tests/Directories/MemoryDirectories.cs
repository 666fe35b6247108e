using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>On tmpfs.</summary>
[Trait("Campaign", "suite-itself")]
public sealed class MemoryDirectories : SharedDirectorySuite
{
    internal override Place Open() => new MemoryPlace();
}
