using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Mutants;

/// <summary>The tests that use the shipped command through a mount: another program than this one, built beside it.</summary>
internal static class MountSuite
{
    public const string Program = "Tessera.Mount.Tests";

    public static string Sources { get; } = Path.Combine(TesseraCommand.Root, "tests", Program);

    /// <summary>Where it was built, as this program was.</summary>
    public static string Built { get; } = Path.Combine(Sources, Path.GetRelativePath(Path.Combine(TesseraCommand.Root, "tests", "Tessera.Conformance.Tests"), AppContext.BaseDirectory));
}
