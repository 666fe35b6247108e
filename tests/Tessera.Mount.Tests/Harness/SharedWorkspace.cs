using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A directory shared with a server on the same machine, and mounted there: both commands in processes of their own, ended whatever happens.</summary>
internal sealed class SharedWorkspace : Place
{
    private const string Name = "work";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly string _token;
    private readonly List<string> _log = [];
    private readonly Lock _gate = new();
    private MountWatchdog? _watchdog;

    /// <param name="serveOptions">Of "serve", beyond what it needs.</param>
    public SharedWorkspace(params string[] serveOptions)
    {
        Source = Directory.CreateDirectory(System.IO.Path.Combine(Scratch, "shared")).FullName;
        Workspaces = Directory.CreateDirectory(System.IO.Path.Combine(Scratch, "workspaces")).FullName;
        _token = System.IO.Path.Combine(Scratch, "token");
        File.WriteAllText(_token, Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)));
        ServeOptions = serveOptions;
        Server = StartServer("127.0.0.1:0");
    }

    public override string Path => System.IO.Path.Combine(Workspaces, Name);

    /// <summary>The directory at the client.</summary>
    public string Source { get; }

    public string Workspaces { get; }

    public string Address { get; private set; } = "";

    /// <summary>Of the certificate that the server says it has; empty without TLS.</summary>
    public string Fingerprint { get; private set; } = "";

    /// <summary>What the client has in its environment beyond this process's.</summary>
    public IReadOnlyDictionary<string, string> ClientEnvironment { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What the client speaks with something before the server; otherwise what the server speaks.</summary>
    public string? ClientScheme { get; init; }

    /// <summary>The file with the token that the client shows; otherwise that of the server's own.</summary>
    public string? ClientToken { get; init; }

    /// <summary>The file with the certificate that the client shows in the place of a token; empty: that which it keeps for the server.</summary>
    public string? ClientCertificate { get; init; }

    /// <summary>Where the server keeps what it makes for itself.</summary>
    public string State => System.IO.Path.Combine(Scratch, "state");

    public Process Server { get; private set; }

    public Process? Client { get; set; }

    public string TokenFile => _token;

    public bool IsMounted => File.ReadLines("/proc/self/mountinfo").Any(line => line.Contains($" {Path} ", StringComparison.Ordinal));

    private string[] ServeOptions { get; }

    private string Scheme { get; set; } = "";

    /// <param name="address">Of the server, or of what is before it; several have commas between them.</param>
    public string Url(string address) => string.Join(',', address.Split(',').Select(one => $"{ClientScheme ?? Scheme}://{one}/workspaces/{Name}"));

    /// <summary>Shares the directory, and waits until it is mounted and the client knows: its first attempt is the only one when it fails.</summary>
    /// <param name="address">Where: the server's address, or that of something before it.</param>
    /// <param name="options">Of "share".</param>
    public void Share(string? address = null, params string[] options)
    {
        string[] shown = ClientCertificate is null ? ["--token-file", ClientToken ?? _token] : ClientCertificate.Length == 0 ? [] : ["--client-certificate", ClientCertificate];
        int before = CountSaid("Sharing ");
        Client = Programs.Start(new ProgramStart(TesseraCommand.Launcher, ["share", Source, Url(address ?? Address), .. shown, .. options]) { Environment = ClientEnvironment });
        Drain(Client.StandardError);
        WaitFor(() => IsMounted && CountSaid("Sharing ") > before, "It was not mounted");
        _watchdog ??= new MountWatchdog(Path, Server.Id);
    }

    public Process StartServer(string listen)
    {
        Process server = Programs.Start(new ProgramStart(
            TesseraCommand.Launcher, ["serve", "--listen", listen, "--token-file", _token, "--workspaces", Workspaces, .. ServeOptions])
        { Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = State } });
        Drain(server.StandardError);
        string line = server.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The server did not start: {Text()}");
        var url = new Uri(line.Split(' ').First(word => word.Contains("://", StringComparison.Ordinal)));
        (Scheme, Address) = (url.Scheme, url.Authority);
        Fingerprint = Scheme == "wss" ? server.StandardOutput.ReadLine()!.Split(' ')[^1].TrimEnd('.') : "";
        Server = server;
        return server;
    }

    /// <summary>What both have said.</summary>
    public string Text()
    {
        lock (_gate)
        {
            return string.Join('\n', _log);
        }
    }

    private int CountSaid(string words) => Text().Split('\n').Count(line => line.Contains(words, StringComparison.Ordinal));

    public void WaitFor(Func<bool> condition, string otherwise) => SpinWait.SpinUntil(condition, Limit).ShouldBeTrue($"{otherwise}:\n{Text()}");

    /// <summary>Ends the client by a signal; its code, and nothing is mounted any more.</summary>
    public int EndClient(string signal = "TERM")
    {
        Programs.Run("/", "kill", $"-{signal}", $"{Client!.Id}");
        Client.WaitForExit(Limit).ShouldBeTrue("The client does not end.");
        int code = Client.ExitCode;
        Client = null;
        return code;
    }

    public int EndServer(string signal = "TERM")
    {
        Programs.Run("/", "kill", $"-{signal}", $"{Server.Id}");
        Server.WaitForExit(Limit).ShouldBeTrue("The server does not end.");
        return Server.ExitCode;
    }

    /// <summary>Client and server end in good order; nothing is left mounted, and neither has met a fault.</summary>
    public override void Check()
    {
        if (Client is not null)
        {
            EndClient().ShouldBe(0, Text());
            WaitFor(() => !IsMounted, "It stayed mounted");
        }

        EndServer().ShouldBe(0, Text());
        IsMounted.ShouldBeFalse();
        Directory.GetFileSystemEntries(Workspaces).ShouldBeEmpty();
        Text().Split('\n').Where(line => line.StartsWith('{') && JsonDocument.Parse(line).RootElement.GetProperty("level").GetString() is "error").ShouldBeEmpty();
    }

    public override async ValueTask DisposeAsync()
    {
        _watchdog?.Dispose();
        foreach (Process process in new[] { Client, Server }.OfType<Process>().Where(process => !process.HasExited))
        {
            process.Kill();
            await process.WaitForExitAsync();
        }

        if (IsMounted)
        {
            _ = Programs.TryRun(new ProgramStart("umount", "-l", Path));
        }

        await base.DisposeAsync();
    }

    private void Drain(StreamReader lines) => _ = Task.Run(async () =>
    {
        while (await lines.ReadLineAsync() is { } line)
        {
            lock (_gate)
            {
                _log.Add(line);
            }
        }
    });
}
