using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>On the machine's own file system: what fails here is the suite's fault.</summary>
[Trait("Campaign", "suite-itself")]
public sealed class HostDirectories : SharedDirectorySuite
{
    internal override Place Open() => new HostDirectory();
}
