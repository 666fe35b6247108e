using System.Runtime.CompilerServices;

namespace Tessera.Host.Tests;

/// <summary>What commands remember of the tests' volumes goes with the tests, and not to where the machine's user keeps it.</summary>
internal static class StateDirectory
{
    private const string Variable = "XDG_STATE_HOME";

    [ModuleInitializer]
    internal static void Initialize()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tessera-tests-state-");
        Environment.SetEnvironmentVariable(Variable, directory.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
    }
}
