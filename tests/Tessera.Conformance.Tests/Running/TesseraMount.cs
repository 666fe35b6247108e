using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>A volume, mounted by the shipped command.</summary>
internal static class TesseraMount
{
    private const string Options = "suid,dev,allow_other";

    public static Place On(Ground ground)
    {
        TestVolume volume = ground is Ground.Small ? TestVolume.Create("--size", "64M") : TestVolume.Create();
        volume.Mount("-o", AccessTimeOption.AddTo(Options, ground));
        if (ground is Ground.ReadOnly)
        {
            ReadOnlyGround.Prepare(volume.Path);
            volume.Remount("--read-only", "-o", Options);
        }

        return volume;
    }
}
