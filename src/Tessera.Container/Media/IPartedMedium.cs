namespace Tessera.Container.Media;

/// <summary>A medium that is made of equal files, each with room for a stamp beside its contents (docs/format/folder.md).</summary>
public interface IPartedMedium
{
    /// <summary>Bytes of a stamp: one sector, which a power cut leaves old or new.</summary>
    const int StampBytes = 512;

    /// <summary>Most files: each keeps two descriptors open.</summary>
    const int MostParts = 4096;

    /// <summary>Files there are.</summary>
    int Count { get; }

    /// <summary>Bytes of the medium in each file.</summary>
    long PartBytes { get; }

    /// <summary>Called before a write with the file it goes to and the range of the medium, by any thread, while <see cref="Pause"/> waits; null: nobody wants to know.</summary>
    Action<int, long, int>? Writing { get; set; }

    string NameOf(int part);

    /// <summary>The file that an offset of the medium lies in.</summary>
    int PartAt(long offset);

    void ReadStamp(int part, Span<byte> stamp);

    /// <summary>Durable with the next <see cref="IMedium.Flush"/>.</summary>
    void WriteStamp(int part, ReadOnlySpan<byte> stamp);

    /// <summary>Runs while no write is under way between <see cref="Writing"/> and its end.</summary>
    void Pause(Action action);
}
