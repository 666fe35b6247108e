using System.ComponentModel;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Runs the commands of tpm2-tools in a directory of their own, which is private and removed at the end. Which TPM they use is theirs to find (TPM2TOOLS_TCTI).</summary>
internal sealed class TpmTools : IDisposable
{
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(60);
    private readonly string directory = Directory.CreateTempSubdirectory("tessera-tpm-").FullName;
    private string? openSession;

    /// <summary>A file that the commands hand to each other: never a secret in the clear, but what a session's keys follow from.</summary>
    public string At(string name) => Path.Combine(directory, name);

    /// <exception cref="CommandException">It failed, or is not there: exit 1.</exception>
    public void Run(string tool, params string[] arguments) => Give(default, tool, arguments);

    /// <summary>False when it failed.</summary>
    /// <exception cref="CommandException">It is not there: exit 1.</exception>
    public bool TryRun(string tool, params string[] arguments) => Execute(default, default, tool, arguments).Error is null;

    /// <summary>Gives it a secret as standard input.</summary>
    /// <exception cref="CommandException">As <see cref="Run"/>.</exception>
    public void Give(ReadOnlySpan<byte> input, string tool, params string[] arguments)
    {
        if (Execute(input, default, tool, arguments).Error is { } error)
        {
            throw new CommandException(ExitCode.Fault, $"{tool} failed: {error}", "Is there a TPM 2.0, and may this user use it? 'tpm2_getrandom --hex 8' tells.");
        }
    }

    /// <summary>Reads what it prints into <paramref name="output"/>.</summary>
    /// <returns>Bytes that it printed; -1 when it failed, or printed more.</returns>
    /// <exception cref="CommandException">It is not there: exit 1.</exception>
    public int Take(Span<byte> output, string tool, params string[] arguments)
    {
        (string? error, int read) = Execute(default, output, tool, arguments);
        return error is null ? read : -1;
    }

    public void EndSession(string session)
    {
        openSession = null;
        TryRun("tpm2_flushcontext", session);
    }

    public void Dispose()
    {
        try
        {
            if (openSession is { } session)
            {
                EndSession(session);
            }
        }
        finally
        {
            Directory.Delete(directory, recursive: true);
        }
    }

    private (string? Error, int Read) Execute(ReadOnlySpan<byte> input, Span<byte> output, string tool, string[] arguments)
    {
        (string? Error, int Read) result = Call(input, output, tool, arguments);
        if (tool == "tpm2_startauthsession")
        {
            openSession = arguments[1];
        }

        if (tool != "tpm2_flushcontext")
        {
            // A TPM without a resource manager keeps what a command loaded, and holds three at most.
            Call(default, default, "tpm2_flushcontext", ["-t"]);
        }

        return result;
    }

    private static (string? Error, int Read) Call(ReadOnlySpan<byte> input, Span<byte> output, string tool, string[] arguments)
    {
        try
        {
            ToolResult result = ToolProcess.Run(tool, arguments, input, output, s_patience);
            return result.TimedOut ? ("the TPM did not answer within a minute.", 0)
                : result.Succeeded && !result.PrintedMore ? (null, result.Read)
                : (LastError(result.Errors), result.Read);
        }
        catch (Win32Exception fault)
        {
            throw new CommandException(ExitCode.Fault, $"{tool} cannot be run: a key file that is sealed to a TPM needs tpm2-tools.", "sudo apt-get install tpm2-tools", fault);
        }
    }

    /// <summary>tpm2-tools say first what went wrong inside, then what it means, then what failed.</summary>
    private static string LastError(string text)
    {
        const string Mark = "ERROR: ";
        const int Longest = 200;
        string line = text.Split('\n').LastOrDefault(said => said.StartsWith(Mark, StringComparison.Ordinal) && !said.Contains("Unable to run", StringComparison.Ordinal)) ?? "it does not say why.";
        line = line.StartsWith(Mark, StringComparison.Ordinal) ? line[Mark.Length..] : line;
        return line.Length <= Longest ? line : line[..Longest];
    }
}
