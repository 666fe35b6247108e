using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>Options that mean the same in every verb.</summary>
internal static class CommonOptions
{
    public static Option<bool> Json() => new("--json") { Description = "Print facts as JSON, for programs." };


    public static Argument<string> MountPoint() => new("MOUNTPOINT") { Description = "The directory where the volume is mounted." };
}
