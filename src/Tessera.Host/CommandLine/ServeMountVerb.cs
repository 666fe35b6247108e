using System.CommandLine;
using Tessera.Host.Daemon;

namespace Tessera.Host.CommandLine;

/// <summary>The hidden verb of the daemon: what it is to mount comes over its standard input.</summary>
internal static class ServeMountVerb
{
    public static Command Create()
    {
        var command = new Command(DaemonLauncher.Verb, "The daemon that 'tessera mount' leaves behind.") { Hidden = true };
        command.SetAction(async (_, _) => (int)await BackgroundDaemon.RunAsync());
        return command;
    }
}
