using Tessera.Mount.Tests.Export;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>A TPM 2.0 in software (swtpm), new, on two ports of this machine: no machine that runs tests need have one of its own.</summary>
internal sealed class SoftwareTpm : IAsyncDisposable
{
    private readonly string state;
    private readonly int port;
    private ServerProcess? server;

    private SoftwareTpm(string directory)
    {
        state = Directory.CreateDirectory(Path.Combine(directory, Guid.NewGuid().ToString("N"))).FullName;
        port = FreePair();
    }

    /// <summary>Tells tpm2-tools where it is, as they are told of others (tpm2-tools, common/tcti.md).</summary>
    public IReadOnlyDictionary<string, string> Environment => new Dictionary<string, string>(StringComparer.Ordinal) { ["TPM2TOOLS_TCTI"] = $"swtpm:host=127.0.0.1,port={port}" };

    public static async Task<SoftwareTpm> StartAsync(string directory)
    {
        var tpm = new SoftwareTpm(directory);
        await tpm.PowerOnAsync();
        return tpm;
    }

    /// <summary>Power off and on: registers are reset, keys stay.</summary>
    public async Task RestartAsync()
    {
        await server!.DisposeAsync();
        await PowerOnAsync();
    }

    /// <summary>Runs a command of tpm2-tools, which must succeed.</summary>
    public string Do(string tool, params string[] arguments)
    {
        ProgramResult result = Programs.TryRun(new ProgramStart(tool, arguments) { Environment = Environment });
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    public async ValueTask DisposeAsync() => await server!.DisposeAsync();

    private async Task PowerOnAsync() => server = await ServerProcess.StartAsync(
        new ProgramStart(
            "swtpm", "socket", "--tpm2", "--tpmstate", $"dir={state}", "--flags", "not-need-init,startup-clear",
            "--server", $"type=tcp,port={port},bindaddr=127.0.0.1", "--ctrl", $"type=tcp,port={port + 1},bindaddr=127.0.0.1"),
        port,
        Path.Combine(state, "log"));

    /// <summary>Its control channel has the port after.</summary>
    private static int FreePair()
    {
        while (true)
        {
            int first = LoopbackPort.Free();
            try
            {
                using var next = new System.Net.Sockets.TcpListener(System.Net.IPAddress.Loopback, first + 1);
                next.Start();
                return first;
            }
            catch (System.Net.Sockets.SocketException)
            {
                // Somebody listens there: another pair.
            }
        }
    }
}
