using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>The newest root is remembered outside the volume before it is durable there.</summary>
internal sealed class NoteBeforeRoot : PlantedBug
{
    /// <summary>Both copies of a root are written one after the other.</summary>
    public override int NotesAhead => 2;
}
