using System.Diagnostics;
using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>A PostgreSQL server with its data in a given directory, reached over a Unix socket; as user postgres when the test is root.</summary>
internal sealed class PostgresServer : IAsyncDisposable
{
    private const string Binaries = "/usr/lib/postgresql";

    private readonly string _data;
    private readonly DirectoryInfo _socket = Directory.CreateTempSubdirectory("tessera-pg-");
    private readonly string _binaries;
    private readonly string[] _asUser;
    private bool _running;

    public PostgresServer(string data)
    {
        _data = data;
        _binaries = Directory.EnumerateDirectories(Binaries).Select(version => Path.Combine(version, "bin")).Where(Directory.Exists).Max(StringComparer.Ordinal)
            ?? throw new InvalidOperationException($"No PostgreSQL server below {Binaries}.");
        _asUser = Environment.IsPrivilegedProcess ? ["setpriv", "--reuid", "postgres", "--regid", "postgres", "--init-groups", "--"] : [];
    }

    public void Initialize()
    {
        Directory.CreateDirectory(_data);
        if (Environment.IsPrivilegedProcess)
        {
            Programs.Run("/", "chown", "postgres:postgres", _data, _socket.FullName);
        }

        Run("initdb", "-D", _data, "--data-checksums", "-A", "trust", "-U", "postgres", "--no-instructions", "--locale=C", "-E", "UTF8");
    }

    public void StartServer()
    {
        Run("pg_ctl", "-D", _data, "-w", "-t", "120", "-l", Path.Combine(_socket.FullName, "log"), "-o", $"-k {_socket.FullName} -h '' -c full_page_writes=on -c fsync=on", "start");
        _running = true;
    }

    public void StopServer()
    {
        Run("pg_ctl", "-D", _data, "-w", "-m", "fast", "stop");
        _running = false;
    }

    public void Bench(params string[] arguments) => Run("pgbench", [.. Connection(), .. arguments, "postgres"]);

    public string Query(string statement) => Run("psql", [.. Connection(), "-d", "postgres", "-A", "-t", "-c", statement]).Trim();

    /// <summary>Ends the server by SIGKILL, its children with it, while clients commit.</summary>
    public void KillWhileBenching()
    {
        using Process bench = Programs.Start(Command("pgbench", [.. Connection(), "-n", "-c", "4", "-T", "60", "postgres"]));
        string before = Query("SELECT count(*) FROM pgbench_history");
        for (int i = 0; i < 1000 && string.Equals(Query("SELECT count(*) FROM pgbench_history"), before, StringComparison.Ordinal); i++)
        {
            // Each query takes a few ms: this waits for the first commit of the bench.
        }

        int server = int.Parse(File.ReadLines(Path.Combine(_data, "postmaster.pid")).First(), CultureInfo.InvariantCulture);
        Programs.Shell("/", $"pids=\"{server} $(ps -o pid= --ppid {server} | tr '\\n' ' ')\"; kill -9 $pids; while kill -0 $pids 2>/dev/null; do read -rt 0.05 <> <(:) || true; done");
        bench.WaitForExit(TimeSpan.FromSeconds(60)).ShouldBeTrue();
        bench.ExitCode.ShouldNotBe(0);
        _running = false;
    }

    public void VerifyChecksums() => Run("pg_checksums", "--check", "-D", _data).ShouldContain("Bad checksums:  0");

    public ValueTask DisposeAsync()
    {
        if (_running)
        {
            _ = Programs.TryRun(Command("pg_ctl", ["-D", _data, "-w", "-m", "immediate", "stop"]));
        }

        _socket.Delete(recursive: true);
        return ValueTask.CompletedTask;
    }

    private string[] Connection() => ["-h", _socket.FullName, "-U", "postgres"];

    private string Run(string program, params string[] arguments)
    {
        ProgramResult result = Programs.TryRun(Command(program, arguments));
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    private ProgramStart Command(string program, string[] arguments)
    {
        string[] line = [.. _asUser, Path.Combine(_binaries, program), .. arguments];
        return new ProgramStart(line[0], line[1..]) { Directory = _socket.FullName };
    }
}
