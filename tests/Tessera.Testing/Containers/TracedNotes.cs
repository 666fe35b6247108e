using Tessera.Container.Remembering;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>What is remembered of the one volume on a simulated disk, and how far the disk was each time. Every note is durable at once, while the disk takes its
/// time: nothing is harder on who remembers more than the disk holds.</summary>
/// <param name="trace">Of the disk.</param>
/// <param name="first">The note of an earlier time; null when there is none.</param>
public sealed class TracedNotes(DiskTrace trace, byte[]? first) : IVolumeMemory
{
    private readonly List<(int Operation, byte[] Note)> notes = [];

    /// <summary>Notes are there so many operations too early: a mistake.</summary>
    public int Ahead { get; init; }

    /// <summary>What is remembered when the power fails during an operation.</summary>
    public byte[]? At(int operation) => notes.FindLast(note => note.Operation - Ahead <= operation).Note ?? first;

    public bool TryRead(string name, Span<byte> note)
    {
        byte[]? newest = notes.Count > 0 ? notes[^1].Note : first;
        newest?.CopyTo(note);
        return newest is not null;
    }

    public void Write(string name, ReadOnlySpan<byte> note) => notes.Add((trace.Count, note.ToArray()));

    public void Warn(string sentence) => throw new SimulationFailureException(sentence);
}
