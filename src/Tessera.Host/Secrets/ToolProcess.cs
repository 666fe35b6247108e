using System.ComponentModel;
using System.Diagnostics;

namespace Tessera.Host.Secrets;

/// <summary>Runs a command line tool: secrets go in by its standard input and come by its standard output, never as an argument.</summary>
internal static class ToolProcess
{
    /// <summary>Where tools are when nobody says so.</summary>
    private const string DefaultPath = "/usr/bin:/bin";

    /// <summary>Characters of standard error that are kept.</summary>
    private const int MaxErrors = 16 * 1024;

    /// <param name="tool">Its name, sought in PATH and nowhere else: what lies in the directory at hand is not run.</param>
    /// <param name="arguments">None of them secret.</param>
    /// <param name="input">Its standard input.</param>
    /// <param name="output">Room for what it prints; empty: what it prints does not matter.</param>
    /// <param name="patience">How long it may take.</param>
    /// <exception cref="Win32Exception">It is not there, or cannot be run.</exception>
    public static ToolResult Run(string tool, string[] arguments, ReadOnlySpan<byte> input, Span<byte> output, TimeSpan patience)
    {
        var start = new ProcessStartInfo(Find(tool), arguments) { RedirectStandardInput = true, RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
        using Process process = Process.Start(start)!;
        using var limit = new CancellationTokenSource(patience);
        using CancellationTokenRegistration end = limit.Token.Register(process.Kill);
        Task<string> errors = process.StandardError.ReadToEndAsync();
        Write(process, input);
        int read = process.StandardOutput.BaseStream.ReadAtLeast(output, output.Length, throwOnEndOfStream: false);
        bool printedMore = process.StandardOutput.BaseStream.ReadByte() >= 0 && output.Length > 0;
        process.WaitForExit();
        string said = errors.GetAwaiter().GetResult();
        return new ToolResult(process.ExitCode, read, printedMore, limit.IsCancellationRequested, said.Length <= MaxErrors ? said : said[..MaxErrors]);
    }

    private static string Find(string tool)
    {
        const int NoSuchFile = 2;
        foreach (string directory in (Environment.GetEnvironmentVariable("PATH") ?? DefaultPath).Split(':'))
        {
            // An empty entry means the directory at hand to a shell; it is left out on purpose.
            string path = Path.Combine(directory, tool);
            if (Path.IsPathRooted(directory) && File.Exists(path))
            {
                return path;
            }
        }

        throw new Win32Exception(NoSuchFile, $"There is no {tool} in PATH.");
    }

    private static void Write(Process process, ReadOnlySpan<byte> input)
    {
        try
        {
            process.StandardInput.BaseStream.Write(input);
            process.StandardInput.Close();
        }
        catch (IOException)
        {
            // It ended before it read: its exit code says why.
        }
    }
}
