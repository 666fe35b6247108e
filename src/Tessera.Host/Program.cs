using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;

CoreDumps.Forbid(); // Every verb may come to hold a passphrase or a key.

// The daemon has no command line: it does without the parser's code in memory for as long as the mount lasts.
if (args is [DaemonLauncher.Argument])
{
    return (int)await BackgroundDaemon.RunAsync();
}

using var launcher = new DaemonLauncher();
if (MountVerb.LeavesDaemon(args) || MountHelperVerb.LeavesDaemon(args) || UnlockVerb.LeavesDaemon(args))
{
    launcher.Prepare();
}

return await TesseraCommand.RunAsync(args, launcher);
