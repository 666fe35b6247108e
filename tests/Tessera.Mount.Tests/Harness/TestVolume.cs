using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A volume with a mount point of its own, made, mounted and unmounted by the shipped command, and cleared away whatever happens.</summary>
internal sealed class TestVolume : Place
{
    /// <summary>Deriving a key from a passphrase is Tessera.Crypto's to test; here it would only take half a second each time.</summary>
    private const string CheapKey = "8M";

    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(30);

    private readonly HashSet<string> _expected = new(StringComparer.Ordinal);
    private string[] _opening = [];
    private MountWatchdog? _watchdog;
    private int? _daemon;

    private TestVolume(string? device = null)
    {
        Path = System.IO.Path.Combine(Scratch, "mnt");
        Volume = device ?? System.IO.Path.Combine(Scratch, "vault");
        PassphraseFile = System.IO.Path.Combine(Scratch, "passphrase");
        Directory.CreateDirectory(Path);
        File.WriteAllText(PassphraseFile, "correct horse battery staple\n");
    }

    public override string Path { get; }

    public string Volume { get; }

    public string PassphraseFile { get; }

    /// <summary>The daemon's process; the mount must be there.</summary>
    public int DaemonId => _daemon ?? throw new InvalidOperationException("Not mounted.");

    /// <summary>Lines of the daemon's log, of all mounts of this volume.</summary>
    public IEnumerable<JsonElement> Log => File.Exists(LogFile)
        ? File.ReadLines(LogFile).Select(line => JsonDocument.Parse(line).RootElement)
        : [];

    private string LogFile { get; set; } = string.Empty;

    /// <summary>Makes a volume, not mounted yet.</summary>
    /// <param name="options">Of "init", such as "--size", "1G".</param>
    public static TestVolume Create(params string[] options) => Create(new TestVolume(), options);

    /// <summary>Makes a volume on a block device, not mounted yet.</summary>
    public static TestVolume CreateOn(string device, params string[] options) => Create(new TestVolume(device), options);

    private static TestVolume Create(TestVolume volume, string[] options)
    {
        volume._opening = options.Contains("scattered", StringComparer.Ordinal) ? ["--key-memory", CheapKey] : []; // Nothing in it says so.
        return Made(volume, ["init", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--key-memory", CheapKey, .. options]);
    }

    /// <summary>Makes a volume that hides nothing, whose key is known.</summary>
    public static TestVolume CreatePlain()
    {
        var volume = new TestVolume();
        return Made(volume, ["init", volume.Volume, "--profile", "plain"]);
    }

    /// <summary>What cannot be made leaves nothing: nobody has it to dispose of it.</summary>
    private static TestVolume Made(TestVolume volume, string[] command)
    {
        try
        {
            TesseraCommand.Do(command);
            return volume;
        }
        catch
        {
            Directory.Delete(volume.Scratch, recursive: true);
            throw;
        }
    }

    /// <summary>Makes a volume and mounts it.</summary>
    public static TestVolume Mounted(params string[] mountOptions)
    {
        TestVolume volume = Create();
        volume.Mount(mountOptions);
        return volume;
    }

    public void Mount(params string[] options)
    {
        ProgramResult result = TryMount(options);
        result.ExitCode.ShouldBe(0, result.ToString());
        Adopt();
    }

    /// <summary>Takes a mount that <see cref="TryMount"/> made into care.</summary>
    public void Adopt()
    {
        JsonElement info = Info();
        _daemon = info.GetProperty("pid").GetInt32();
        LogFile = info.GetProperty("log").GetString()!;
        _watchdog?.Dispose();
        _watchdog = new MountWatchdog(Path, DaemonId);
    }

    public ProgramResult TryMount(params string[] options) =>
        TesseraCommand.Run(["mount", Volume, Path, "--passphrase-file", PassphraseFile, .. _opening, .. options]);

    public void Unmount()
    {
        TesseraCommand.Do("umount", Path);
        _watchdog?.Dispose();
        _daemon = null;
    }

    public void Remount(params string[] options)
    {
        Unmount();
        Mount(options);
    }

    /// <summary>Waits for a daemon whose mount somebody else removed.</summary>
    public void WaitForDaemon()
    {
        _watchdog?.Dispose();
        try
        {
            using Process daemon = Process.GetProcessById(DaemonId);
            daemon.WaitForExit(ExitLimit).ShouldBeTrue("the daemon outlived its mount");
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }

        _daemon = null;
    }

    /// <summary>Ends the daemon by SIGKILL; the mount is left dead. Returns when the process is gone.</summary>
    public void Kill()
    {
        using Process daemon = Process.GetProcessById(DaemonId);
        _watchdog?.Dispose();
        daemon.Kill();
        daemon.WaitForExit(ExitLimit).ShouldBeTrue("the daemon outlived SIGKILL");
        _daemon = null;
    }

    public JsonElement Info() => JsonDocument.Parse(TesseraCommand.Do("info", "--json", Path)).RootElement;

    public JsonElement Stats() => JsonDocument.Parse(TesseraCommand.Do("stats", "--json", Path)).RootElement;

    /// <summary>Nothing waits to be written, and the log is on the disk.</summary>
    public bool IsDurable
    {
        get
        {
            JsonElement stats = Stats();
            JsonElement log = stats.GetProperty("log");
            return stats.GetProperty("cache").GetProperty("dirty_bytes").GetInt64() == 0 && log.GetProperty("durable_commits").GetUInt64() >= log.GetProperty("commits").GetUInt64();
        }
    }

    /// <summary>Errors that the test provokes, by the names of their events in the log.</summary>
    public void Expect(params string[] events) => _expected.UnionWith(events);

    /// <summary>The volume, which is not mounted, has nothing wrong in it.</summary>
    public void Fsck() => TesseraCommand.Do(["fsck", Volume, "--passphrase-file", PassphraseFile, .. _opening]);

    /// <summary>Unmounts and checks the volume; the daemon's log holds no error that was not expected.</summary>
    public override void Check()
    {
        if (_daemon is not null)
        {
            Unmount();
        }

        Fsck();
        Log.Where(line => line.GetProperty("level").GetString() == "error" && !_expected.Contains(line.GetProperty("event").GetString()!)).ShouldBeEmpty();
    }

    /// <summary>Mount points in a directory, one for each mount, the latest first.</summary>
    public static IReadOnlyList<string> MountsBelow(string directory) =>
        [.. File.ReadLines("/proc/self/mounts").Select(line => line.Split(' ')[1]).Where(path => path.StartsWith(directory + "/", StringComparison.Ordinal)).Reverse()];

    public override async ValueTask DisposeAsync()
    {
        _watchdog?.Dispose();
        if (_daemon is { } mine && !Directory.Exists($"/proc/{mine}"))
        {
            await Console.Error.WriteLineAsync($"The daemon of {Path} ended by itself. Its log:\n{string.Join('\n', Log)}");
        }

        DetachMounts();
        if (_daemon is { } pid)
        {
            EndDaemon(pid);
        }

        if (LogFile.Length > 0)
        {
            File.Delete(LogFile);
        }

        await base.DisposeAsync();
    }

    /// <summary>Takes the mount away at once and ends the daemon, so that what lies beneath can go.</summary>
    public void DetachMount()
    {
        _watchdog?.Dispose();
        if (MountsBelow(Scratch).Contains(Path, StringComparer.Ordinal))
        {
            _ = Programs.TryRun(new ProgramStart("umount", "-l", Path));
        }

        if (_daemon is { } pid)
        {
            EndDaemon(pid);
            _daemon = null;
        }
    }

    private void DetachMounts()
    {
        foreach (string mountPoint in MountsBelow(Scratch))
        {
            ProgramResult result = Programs.TryRun(new ProgramStart("umount", "-l", mountPoint));
            result.ExitCode.ShouldBe(0, result.ToString());
        }
    }

    private static void EndDaemon(int pid)
    {
        try
        {
            using Process daemon = Process.GetProcessById(pid);
            if (!daemon.WaitForExit(ExitLimit))
            {
                daemon.Kill();
            }
        }
        catch (ArgumentException)
        {
            // It has ended already.
        }
    }
}
