using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A directory served by Debian's smbd on a port of loopback, with all its files in a directory of the test.</summary>
internal sealed class SambaShare : IAsyncDisposable
{
    /// <summary>A user that every Debian has, beside root.</summary>
    public const string OrdinaryUser = "daemon";

    private const string Password = "correct horse";
    private readonly string _configuration;
    private readonly int _port;
    private readonly ServerProcess _server;

    private SambaShare(string configuration, int port, ServerProcess server)
    {
        _configuration = configuration;
        _port = port;
        _server = server;
    }

    public static async Task<SambaShare> StartAsync(string path, string scratch)
    {
        string home = Directory.CreateDirectory(Path.Combine(scratch, "samba")).FullName;
        string configuration = Path.Combine(home, "smb.conf");
        string log = Path.Combine(home, "log");
        int port = LoopbackPort.Free();
        await File.WriteAllTextAsync(configuration, $"""
            [global]
              server role = standalone server
              smb ports = {port}
              interfaces = lo
              bind interfaces only = yes
              disable netbios = yes
              lock directory = {home}/lock
              state directory = {home}/state
              cache directory = {home}/cache
              pid directory = {home}/pid
              private dir = {home}/private
              ncalrpc dir = {home}/ncalrpc
              log file = {log}
              load printers = no
              printcap name = /dev/null
              disable spoolss = yes
              vfs objects = acl_xattr streams_xattr
            [share]
              path = {path}
              read only = no
            """);
        foreach (string directory in (string[])["lock", "state", "cache", "pid", "private", "ncalrpc"])
        {
            Directory.CreateDirectory(Path.Combine(home, directory));
        }

        foreach (string user in (string[])["root", OrdinaryUser])
        {
            ProgramResult result = Programs.TryRun(new ProgramStart("smbpasswd", "-c", configuration, "-s", "-a", user) { Input = $"{Password}\n{Password}\n" });
            result.ExitCode.ShouldBe(0, result.ToString());
        }

        return new SambaShare(configuration, port, await ServerProcess.StartAsync(new ProgramStart("smbd", "-s", configuration, "-F"), port, log));
    }

    /// <summary>Runs commands of smbclient(1), which must succeed; what it prints.</summary>
    public string Do(string user, string commands)
    {
        ProgramResult result = Try(user, commands);
        result.ExitCode.ShouldBe(0, $"{result}\n{_server.Log()}");
        return result.Output + result.Error;
    }

    public ProgramResult Try(string user, string commands) =>
        Programs.TryRun(new ProgramStart("smbclient", "-s", _configuration, "-p", $"{_port}", "//127.0.0.1/share", "-U", $"{user}%{Password}", "-c", commands));

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
