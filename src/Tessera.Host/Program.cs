using Tessera.Host.CommandLine;

return await TesseraCommand.RunAsync(args);
