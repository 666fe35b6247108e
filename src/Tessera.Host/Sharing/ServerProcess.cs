using System.Runtime.InteropServices;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>"tessera serve" becomes the program beside this one that has a web server in it: all others start, and live, without.</summary>
internal static class ServerProcess
{
    private const string Program = "server/tessera-server";

    /// <summary>Replaces this process (execve(2)); returns only to say why that failed.</summary>
    public static ExitCode Become(string[] arguments)
    {
        string path = Path.Combine(AppContext.BaseDirectory, Program);
        Libc.Execute(path, [path, .. arguments, null]);
        throw new CommandException(ExitCode.Fault, $"{path} cannot be started: {Libc.Describe(Marshal.GetLastPInvokeError())}.");
    }
}
