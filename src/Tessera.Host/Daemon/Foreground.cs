using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Serving;

namespace Tessera.Host.Daemon;

/// <summary>"tessera mount --foreground": serves in this process, for systemd and for looking at the log.</summary>
internal static class Foreground
{
    public static async Task<ExitCode> RunAsync(MountRequest request, SecretBytes key)
    {
        MountedVolume mounted = await MountedVolume.MountAsync(request, key, new EventLog(new StandardErrorLog(), TimeProvider.System));
        key.Dispose(); // The store has keys of its own, derived from it.
        return await mounted.ServeAsync(static () => { });
    }
}
