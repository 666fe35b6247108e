using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>How a command ended.</summary>
internal static class ResultChecks
{
    /// <returns>Its standard output.</returns>
    public static string ShouldSucceed(this ProgramResult result)
    {
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    /// <summary>By what the server says.</summary>
    public static void ShouldFail(this ProgramResult result, string because)
    {
        result.ExitCode.ShouldBe(1, result.ToString());
        result.Error.ShouldContain(because);
    }

    /// <summary>Before anything was sent.</summary>
    public static void ShouldRefuse(this ProgramResult result, string because)
    {
        result.ExitCode.ShouldBe(2, result.ToString());
        result.Error.ShouldContain(because);
    }
}
