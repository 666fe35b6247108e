using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A server that exports a sealed volume ("vol") and a directory ("dir"), and mounts of these: all by the shipped command in processes of their own, ended whatever happens.</summary>
internal sealed class ExportServer : Place
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    private readonly List<string> _log = [];
    private readonly Lock _gate = new();
    private readonly List<MountWatchdog> _watchdogs = [];
    private readonly HashSet<string> _logs = new(StringComparer.Ordinal);
    private readonly string[] _options;
    private readonly string _volumeOptions;
    private readonly bool _isScattered;
    private int _mounts;

    /// <param name="serveOptions">Of "serve", beyond what it needs; one that begins with ',' belongs to the export of the volume.</param>
    public ExportServer(params string[] serveOptions)
        : this([], serveOptions)
    {
    }

    /// <param name="initOptions">Of "init", for the volume.</param>
    /// <param name="serveOptions">As above.</param>
    public ExportServer(string[] initOptions, string[] serveOptions)
    {
        Volume = System.IO.Path.Combine(Scratch, "vault");
        Source = Directory.CreateDirectory(System.IO.Path.Combine(Scratch, "served")).FullName;
        PassphraseFile = System.IO.Path.Combine(Scratch, "passphrase");
        TokenFile = Keep("token", Convert.ToHexString(System.Security.Cryptography.RandomNumberGenerator.GetBytes(16)));
        File.WriteAllText(PassphraseFile, "correct horse battery staple\n");
        TesseraCommand.Do(["init", Volume, "--passphrase-file", PassphraseFile, "--key-memory", "8M", .. initOptions]);
        _isScattered = initOptions.Contains("scattered", StringComparer.Ordinal);
        _volumeOptions = string.Concat(serveOptions.Where(option => option[0] == ','));
        _options = [.. serveOptions.Where(option => option[0] != ',')];
        Server = Start("127.0.0.1:0");
    }

    /// <summary>Where the first mount is.</summary>
    public override string Path => MountPoint(0);

    public string Volume { get; }

    /// <summary>The directory that is exported.</summary>
    public string Source { get; }

    public string PassphraseFile { get; }

    /// <summary>Holds the token that allows everything.</summary>
    public string TokenFile { get; }

    public string Address { get; private set; } = "";

    public string Scheme { get; private set; } = "";

    public string Fingerprint { get; private set; } = "";

    public Process Server { get; private set; }

    /// <summary>What its users have in their environment beyond this process's.</summary>
    public Dictionary<string, string> Environment => new(StringComparer.Ordinal) { ["XDG_STATE_HOME"] = System.IO.Path.Combine(Scratch, "state") };

    /// <summary>A file that only its owner may read.</summary>
    public string Keep(string name, string text)
    {
        string path = System.IO.Path.Combine(Scratch, name);
        File.WriteAllText(path, text);
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        return path;
    }

    /// <param name="name">Of the export.</param>
    /// <param name="addresses">Of what is before the server; none: its own.</param>
    public string Url(string name = "vol", params string[] addresses) => string.Join(',', (addresses is [] ? [Address] : addresses).Select(address => $"{Scheme}://{address}/{name}"));

    public Process Start(string listen)
    {
        Process server = Programs.Start(new ProgramStart(
            TesseraCommand.Launcher,
            ["serve", "--listen", listen, "--token-file", TokenFile, "--export", $"vol={Volume},passphrase_file={PassphraseFile}{_volumeOptions}", "--export", $"dir=dir:{Source}", .. _options])
        { Environment = Environment });
        Drain(server.StandardError);
        string line = server.StandardOutput.ReadLine() ?? throw new InvalidOperationException($"The server did not start: {Text()}");
        var url = new Uri(line.Split(' ').First(word => word.Contains("://", StringComparison.Ordinal)));
        (Scheme, Address) = (url.Scheme, url.Authority);
        Fingerprint = Scheme == "wss" ? server.StandardOutput.ReadLine()!.Split(' ')[^1].TrimEnd('.') : "";
        Server = server;
        return server;
    }

    /// <summary>Mounts with the token that allows everything.</summary>
    /// <returns>Where.</returns>
    public string Mount(params string[] options) => MountAt(Url(), options);

    public string MountAt(string url, params string[] options)
    {
        ProgramResult result = TryMount(url, options.Contains("--token-file", StringComparer.Ordinal) ? options : ["--token-file", TokenFile, .. options]);
        result.ExitCode.ShouldBe(0, $"{result}\n{Text()}");
        string mountPoint = MountPoint(_mounts++);
        JsonElement info = Info(mountPoint);
        _logs.Add(info.GetProperty("log").GetString()!);
        _watchdogs.Add(new MountWatchdog(mountPoint, info.GetProperty("pid").GetInt32()));
        return mountPoint;
    }

    /// <summary>Tries to mount where the next mount would be, with the options alone.</summary>
    public ProgramResult TryMount(string url, params string[] options)
    {
        string mountPoint = Directory.CreateDirectory(MountPoint(_mounts)).FullName;
        return Programs.TryRun(new ProgramStart(TesseraCommand.Launcher, ["mount", url, mountPoint, .. options]) { Environment = Environment });
    }

    public static JsonElement Info(string mountPoint) => JsonDocument.Parse(TesseraCommand.Do("info", "--json", mountPoint)).RootElement;

    /// <summary>Ends a mount's daemon by SIGKILL, and takes away what is left.</summary>
    public static void Kill(string mountPoint)
    {
        using Process daemon = Process.GetProcessById(Info(mountPoint).GetProperty("pid").GetInt32());
        daemon.Kill();
        daemon.WaitForExit(Limit).ShouldBeTrue();
        Programs.Run("/", "umount", "-l", mountPoint);
    }

    /// <summary>What the server has said.</summary>
    public string Text()
    {
        lock (_gate)
        {
            return string.Join('\n', _log);
        }
    }

    public void WaitFor(Func<bool> condition, string otherwise) => SpinWait.SpinUntil(condition, Limit).ShouldBeTrue($"{otherwise}:\n{Text()}");

    public int End(string signal = "TERM")
    {
        Programs.Run("/", "kill", $"-{signal}", $"{Server.Id}");
        Server.WaitForExit(Limit).ShouldBeTrue("The server does not end.");
        return Server.ExitCode;
    }

    /// <summary>Mounts and server end in good order, nobody has met a fault, and nothing is wrong in the volume.</summary>
    public override void Check()
    {
        foreach (string mountPoint in TestVolume.MountsBelow(Scratch))
        {
            TesseraCommand.Do("umount", mountPoint);
        }

        if (!Server.HasExited)
        {
            End().ShouldBe(0, Text());
        }

        foreach (string text in _logs.Select(File.ReadAllText).Append(Text()))
        {
            text.Split('\n').Where(line => line.StartsWith('{') && JsonDocument.Parse(line).RootElement.GetProperty("level").GetString() is "error").ShouldBeEmpty();
        }

        TesseraCommand.Do(["fsck", Volume, "--passphrase-file", PassphraseFile, .. _isScattered ? (string[])["--key-memory", "8M"] : []]);
    }

    public override async ValueTask DisposeAsync()
    {
        foreach (MountWatchdog watchdog in _watchdogs)
        {
            watchdog.Dispose();
        }

        if (!Server.HasExited)
        {
            Server.Kill();
            await Server.WaitForExitAsync();
        }

        foreach (string mountPoint in TestVolume.MountsBelow(Scratch))
        {
            _ = Programs.TryRun(new ProgramStart("umount", "-f", "-l", mountPoint));
        }

        foreach (string log in _logs)
        {
            File.Delete(log);
        }

        await base.DisposeAsync();
    }

    private string MountPoint(int number) => System.IO.Path.Combine(Scratch, $"mnt{number}");

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
