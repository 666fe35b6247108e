using System.Runtime.CompilerServices;

[assembly: InternalsVisibleTo("Tessera.Simulation.Tests")]
