using System.Diagnostics;

namespace Tessera.Container.Tests.Media;

/// <summary>Programs of the host that a test judges by, or prepares the host with.</summary>
internal static class HostCommand
{
    /// <summary>Runs a program to its end; returns its exit code and what it printed.</summary>
    public static (int ExitCode, string Output) Run(string program, params string[] arguments)
    {
        using Process process = Start(program, arguments);
        string output = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return (process.ExitCode, output.Trim());
    }

    public static Process Start(string program, params string[] arguments) => Process.Start(new ProcessStartInfo(program, arguments)
    {
        UseShellExecute = false,
        RedirectStandardInput = true,
        RedirectStandardOutput = true,
        RedirectStandardError = true,
    }).ShouldNotBeNull();
}
