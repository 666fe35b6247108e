using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A server in the foreground, a process of the test's own, ended by its id.</summary>
internal sealed class ServerProcess : IAsyncDisposable
{
    private const int Terminate = 15;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(30);

    private readonly Process _process;
    private readonly string _log;
    private readonly Task _output;

    private ServerProcess(ProgramStart start, string log)
    {
        _process = Programs.Start(start);
        _log = log;
        _output = Task.WhenAll(_process.StandardOutput.ReadToEndAsync(CancellationToken.None), _process.StandardError.ReadToEndAsync(CancellationToken.None));
    }

    /// <summary>Starts it; it listens on the port when this returns.</summary>
    /// <param name="start">The program.</param>
    /// <param name="port">Where it listens on.</param>
    /// <param name="log">Its log, for messages.</param>
    public static async Task<ServerProcess> StartAsync(ProgramStart start, int port, string log)
    {
        var server = new ServerProcess(start, log);
        if (!await LoopbackPort.WaitAsync(port, server._process))
        {
            string what = server.Log();
            await server.DisposeAsync();
            throw new InvalidOperationException($"{start} does not listen:\n{what}");
        }

        return server;
    }

    public string Log() => File.Exists(_log) ? File.ReadAllText(_log) : "(no log)";

    /// <summary>SIGTERM, and waits for the end; SIGKILL when there is none.</summary>
    public async ValueTask DisposeAsync()
    {
        if (!_process.HasExited)
        {
            _ = Programs.TryRun(new ProgramStart("kill", $"-{Terminate}", $"{_process.Id}"));
        }

        if (!_process.WaitForExit(s_patience))
        {
            _process.Kill(entireProcessTree: true);
            _process.WaitForExit();
        }

        await _output.WaitAsync(s_patience);
        _process.Dispose();
    }
}
