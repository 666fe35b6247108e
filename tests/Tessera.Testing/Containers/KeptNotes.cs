using Tessera.Container.Remembering;

namespace Tessera.Testing.Containers;

/// <summary>What is remembered of volumes, in memory.</summary>
public sealed class KeptNotes : IVolumeMemory
{
    public Dictionary<string, byte[]> Notes { get; } = new(StringComparer.Ordinal);

    public List<string> Warnings { get; } = [];

    public bool TryRead(string name, Span<byte> note)
    {
        if (!Notes.TryGetValue(name, out byte[]? kept) || kept.Length != note.Length)
        {
            return false;
        }

        kept.CopyTo(note);
        return true;
    }

    public void Write(string name, ReadOnlySpan<byte> note) => Notes[name] = note.ToArray();

    public void Warn(string sentence) => Warnings.Add(sentence);
}
