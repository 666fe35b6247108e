using System.Diagnostics;
using Tessera.Differential;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Differential;

/// <summary>One file system's two processes, root's and an ordinary user's, that make a program's calls in one directory.</summary>
internal sealed class Side : IDisposable
{
    private const string Program = "Tessera.Differential";
    private static readonly string[] s_users = ["0", "1000"];
    private readonly Process[] _processes;

    public Side()
    {
        _processes = [.. s_users.Select(user => Programs.Start(new ProgramStart(Path.Combine(AppContext.BaseDirectory, Program), user)))];
    }

    /// <summary>Both processes work in this directory from now on, as if they had just been started.</summary>
    public void Begin(string directory)
    {
        foreach (Process process in _processes)
        {
            Ask(process, $"begin {directory}");
            _ = Answer(process);
        }
    }

    /// <summary>Nothing below the directory is open any more.</summary>
    public void End()
    {
        foreach (Process process in _processes)
        {
            Ask(process, "end");
            while (Answer(process) != "end")
            {
                // Answers that nobody read any more once there was a difference.
            }
        }
    }

    public void Ask(Operation operation, bool marks) => Ask(_processes[operation.Actor], $"{(marks ? "watch" : "do")} {operation}");

    public string Answer(Operation operation) => Answer(_processes[operation.Actor]);

    /// <summary>Everything below the directory, a file each.</summary>
    public string[] Tree()
    {
        Ask(_processes[0], "tree");
        return Answer(_processes[0]).Split(Executor.BetweenFiles);
    }

    public void Dispose()
    {
        foreach (Process process in _processes)
        {
            process.StandardInput.Close(); // Which ends it.
            process.WaitForExit();
            process.Dispose();
        }
    }

    private static void Ask(Process process, string request)
    {
        process.StandardInput.Write(request + "\n");
        process.StandardInput.Flush();
    }

    private static string Answer(Process process) =>
        process.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"{Program} ended: {process.StandardError.ReadToEnd()}");
}
