using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>On a sealed volume, mounted by the shipped command.</summary>
public sealed class MountedDirectories : SharedDirectorySuite
{
    internal override Place Open() => TestVolume.Mounted();
}
