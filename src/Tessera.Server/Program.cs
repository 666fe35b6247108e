using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Server;
using Tessera.Server.Echoing;
using Tessera.Server.Tracing;

if (args is [EchoProcess.Argument])
{
    return EchoProcess.Run();
}

using var launcher = new DaemonLauncher();
return await TesseraCommand.RunAsync(args, launcher, WorkspaceServer.RunAsync, TracedShare.RunAsync);
