using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;

CoreDumps.Forbid(); // Every verb may come to hold a passphrase or a key.

// The daemon has no command line: it does without the parser's code in memory for as long as the mount lasts.
return args is [DaemonLauncher.Argument]
    ? (int)await BackgroundDaemon.RunAsync()
    : await TesseraCommand.RunAsync(args);
