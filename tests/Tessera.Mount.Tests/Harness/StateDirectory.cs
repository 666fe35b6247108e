using System.Runtime.CompilerServices;

namespace Tessera.Mount.Tests.Harness;

/// <summary>What commands remember of the tests' volumes goes with the tests, and not to where the machine's user keeps it.</summary>
internal static class StateDirectory
{
    private const string Variable = "XDG_STATE_HOME";

    /// <summary>Where the notes are (docs/format/memory.md).</summary>
    public static string Seen => Path.Combine(Environment.GetEnvironmentVariable(Variable)!, "tessera", "seen");

    [ModuleInitializer]
    internal static void Initialize()
    {
        DirectoryInfo directory = Directory.CreateTempSubdirectory("tessera-tests-state-");
        Environment.SetEnvironmentVariable(Variable, directory.FullName);
        AppDomain.CurrentDomain.ProcessExit += (_, _) => directory.Delete(recursive: true);
    }
}
