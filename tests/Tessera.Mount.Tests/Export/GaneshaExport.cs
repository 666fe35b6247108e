using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A mount served by Debian's NFS-Ganesha (FSAL_VFS) on a port of loopback. NFSv4 only: version 3 wants rpcbind, which is the machine's.</summary>
internal sealed class GaneshaExport : IAsyncDisposable
{
    private readonly ServerProcess _server;

    private GaneshaExport(int port, ServerProcess server)
    {
        Port = port;
        _server = server;
    }

    public int Port { get; }

    /// <summary>As the clients of libnfs take it.</summary>
    public string Url(string path) => $"nfs://127.0.0.1/export/{path}?version=4&nfsport={Port}";

    /// <param name="path">The mount point.</param>
    /// <param name="scratch">For the server's files.</param>
    public static async Task<GaneshaExport> StartAsync(string path, string scratch)
    {
        string home = Directory.CreateDirectory(Path.Combine(scratch, "ganesha")).FullName;
        string configuration = Path.Combine(home, "ganesha.conf");
        string log = Path.Combine(home, "log");
        int port = LoopbackPort.Free();

        // A FUSE mount has no UUID and no id of its own, and its device number changes with each mount: handles must not hold it.
        await File.WriteAllTextAsync(configuration, $$"""
            NFS_CORE_PARAM { Protocols = 4; NFS_Port = {{port}}; Bind_addr = 127.0.0.1; Enable_NLM = false; Enable_RQUOTA = false; }
            NFSv4 { Graceless = true; Minor_Versions = 0; RecoveryRoot = {{home}}; Only_Numeric_Owners = true; }
            NFS_KRB5 { Active_krb5 = false; }
            EXPORT {
              Export_Id = 77; Path = {{path}}; Pseudo = /export; Access_Type = RW; Squash = No_Root_Squash; SecType = sys; Protocols = 4;
              Filesystem_Id = 77.77;
              FSAL { Name = VFS; fsid_type = None; }
            }
            """);
        var start = new ProgramStart("ganesha.nfsd", "-F", "-f", configuration, "-L", log, "-p", Path.Combine(home, "pid"));
        return new GaneshaExport(port, await ServerProcess.StartAsync(start, port, log));
    }

    public ValueTask DisposeAsync() => _server.DisposeAsync();
}
