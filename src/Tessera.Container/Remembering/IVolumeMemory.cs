namespace Tessera.Container.Remembering;

/// <summary>Keeps, outside the volumes, a note of each (docs/format/memory.md). Never fails: without a note a volume is used as if it had not been seen before.</summary>
public interface IVolumeMemory
{
    /// <summary>Fills the buffer with the note of this name; false when there is none of this length.</summary>
    bool TryRead(string name, Span<byte> note);

    /// <summary>Replaces the note; it survives a power cut when this returns, or the old one does.</summary>
    void Write(string name, ReadOnlySpan<byte> note);

    /// <summary>Told of what an operator should know, as a sentence.</summary>
    void Warn(string sentence);
}
