namespace Tessera.Container.Folders;

/// <summary>A state of one file of a folder: of which generation, and which of all that were ever of that generation.</summary>
/// <param name="Generation">Of the root that says it, or would have.</param>
/// <param name="Id">Drawn at random.</param>
public readonly record struct PartMark(ulong Generation, ulong Id)
{
    public const int Size = 16;

    /// <summary>A root says nothing of the file: whatever is in it was not there when the root was written, or is of no use.</summary>
    public static PartMark None => default;
}
