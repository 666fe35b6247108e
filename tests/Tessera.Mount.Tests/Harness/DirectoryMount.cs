using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A directory of this host, mounted by the shipped command ("dir:PATH"), and unmounted whatever happens.</summary>
internal sealed class DirectoryMount : Place
{
    private static readonly TimeSpan ExitLimit = TimeSpan.FromSeconds(30);

    private readonly MountWatchdog _watchdog;
    private readonly string _log;
    private bool _isMounted = true;

    /// <param name="source">The directory; null for one in the scratch directory.</param>
    /// <param name="options">Of "mount", such as "-o", "noatime".</param>
    public DirectoryMount(string? source, params string[] options)
    {
        Path = System.IO.Path.Combine(Scratch, "mnt");
        Source = source ?? System.IO.Path.Combine(Scratch, "served");
        Directory.CreateDirectory(Path);
        Directory.CreateDirectory(Source);
        TesseraCommand.Do(["mount", "dir:" + Source, Path, .. options]);
        JsonElement info = Info();
        DaemonId = info.GetProperty("pid").GetInt32();
        _log = info.GetProperty("log").GetString()!;
        _watchdog = new MountWatchdog(Path, DaemonId);
    }

    public override string Path { get; }

    /// <summary>The directory beneath, on the host's own file system.</summary>
    public string Source { get; }

    public int DaemonId { get; }

    /// <summary>Descriptors that the daemon has open.</summary>
    public int Descriptors => Directory.GetFiles($"/proc/{DaemonId}/fd").Length;

    public JsonElement Info() => JsonDocument.Parse(TesseraCommand.Do("info", "--json", Path)).RootElement;

    public JsonElement Stats() => JsonDocument.Parse(TesseraCommand.Do("stats", "--json", Path)).RootElement;

    /// <summary>Unmounts; the daemon's log holds no error.</summary>
    public override void Check()
    {
        if (_isMounted)
        {
            TesseraCommand.Do("umount", Path);
            _isMounted = false;
        }

        File.ReadLines(_log).Select(line => JsonDocument.Parse(line).RootElement)
            .Where(line => line.GetProperty("level").GetString() is "error").ShouldBeEmpty();
    }

    public override async ValueTask DisposeAsync()
    {
        _watchdog.Dispose();
        if (_isMounted)
        {
            _ = Programs.TryRun(new ProgramStart("umount", "-l", Path));
            EndDaemon();
        }

        File.Delete(_log);
        await base.DisposeAsync();
    }

    private void EndDaemon()
    {
        try
        {
            using Process daemon = Process.GetProcessById(DaemonId);
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
