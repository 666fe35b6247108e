using Tessera.Host.CommandLine;
using Tessera.Server;

return await TesseraCommand.RunAsync(args, WorkspaceServer.RunAsync);
