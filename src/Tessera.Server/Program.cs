using Tessera.Host.CommandLine;
using Tessera.Server;
using Tessera.Server.Echoing;

return args is [EchoProcess.Argument] ? EchoProcess.Run() : await TesseraCommand.RunAsync(args, WorkspaceServer.RunAsync);
