using Tessera.Host.CommandLine;
using Tessera.Server;
using Tessera.Server.Echoing;
using Tessera.Server.Tracing;

return args is [EchoProcess.Argument] ? EchoProcess.Run() : await TesseraCommand.RunAsync(args, WorkspaceServer.RunAsync, TracedShare.RunAsync);
