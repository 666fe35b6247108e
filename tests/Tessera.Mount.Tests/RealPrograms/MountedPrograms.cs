using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>The suite on a sealed volume, mounted by the shipped command.</summary>
[Trait("Campaign", "real-programs")]
public sealed class MountedPrograms : RealProgramSuite
{
    /// <summary>PostgreSQL does not run as root, so others must be let in.</summary>
    internal override Place Open() => TestVolume.Mounted("-o", "allow_other,suid,dev");
}
