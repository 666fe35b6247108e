using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>The suite on the machine's own file system: what fails here is the suite's fault or the program's, not Tessera's.</summary>
[Trait("Campaign", "suite-itself")]
public sealed class HostDirectoryPrograms : RealProgramSuite
{
    internal override Place Open() => new HostDirectory();
}
