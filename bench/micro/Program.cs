using Tessera.MicroBenchmarks;

return Suite.Run(args);
