using System.Diagnostics;

namespace Tessera.Mount.Tests.Harness;

/// <summary>Runs real programs, each with a time limit, none with a terminal.</summary>
internal static class Programs
{
    public static readonly TimeSpan DefaultLimit = TimeSpan.FromMinutes(CampaignSize.Of(5, 120));

    /// <summary>Runs a program that must succeed; its standard output.</summary>
    public static string Run(string directory, string program, params string[] arguments)
    {
        ProgramResult result = TryRun(new ProgramStart(program, arguments) { Directory = directory });
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    /// <summary>Runs a line of shell that must succeed; its standard output.</summary>
    public static string Shell(string directory, string line) => Run(directory, "bash", "-euo", "pipefail", "-c", line);

    /// <summary>Runs a program to its end or its limit; at the limit it is killed with its children, and that is the test's failure.</summary>
    public static ProgramResult TryRun(ProgramStart start)
    {
        using Process process = Start(start);
        if (start.Input is { } input)
        {
            process.StandardInput.Write(input);
        }

        process.StandardInput.Close();
        Task<string> output = process.StandardOutput.ReadToEndAsync(CancellationToken.None);
        Task<string> error = process.StandardError.ReadToEndAsync(CancellationToken.None);
        if (!process.WaitForExit(start.Limit))
        {
            process.Kill(entireProcessTree: true);
            throw new TimeoutException($"No end after {start.Limit.TotalSeconds:0} s: {start}");
        }

        return new ProgramResult(start.ToString(), process.ExitCode, Text(output), Text(error));
    }

    /// <summary>Starts a program and leaves it running.</summary>
    public static Process Start(ProgramStart start)
    {
        var info = new ProcessStartInfo(start.Program)
        {
            WorkingDirectory = start.Directory,
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        foreach (string argument in start.Arguments)
        {
            info.ArgumentList.Add(argument);
        }

        foreach ((string name, string value) in start.Environment)
        {
            info.Environment[name] = value;
        }

        return Process.Start(info)!;
    }

    /// <summary>A daemon that a program leaves behind may hold its output open: what came until shortly after its end is taken.</summary>
    private static string Text(Task<string> stream) => stream.Wait(TimeSpan.FromSeconds(5)) ? stream.Result : "(output still open)";
}
