using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Serving;

namespace Tessera.Host.Daemon;

/// <summary>"tessera mount --foreground": serves in this process, for systemd and for looking at the log.</summary>
internal static class Foreground
{
    public static async Task<ExitCode> RunAsync(MountRequest request, SecretBytes key)
    {
        var log = new EventLog(new StandardErrorLog(), TimeProvider.System);
        if (DirectorySource.Is(request.Source))
        {
            return await MountedDirectory.Mount(request, log).ServeAsync(static () => { });
        }

        if (RemoteSource.Is(request.Source))
        {
            return await (await MountedRemote.MountAsync(request, key, log)).ServeAsync(static () => { });
        }

        MountedVolume mounted = await MountedVolume.MountAsync(request, key, log);
        key.Dispose(); // The store has keys of its own, derived from it.
        return await mounted.ServeAsync(static () => { });
    }
}
