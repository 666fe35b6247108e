using Tessera.Container.Format;

namespace Tessera.Container.Media;

/// <summary>Over which directories the files of a new folder are spread, each the place of a disk, say (docs/format/folder.md, Several disks).</summary>
/// <param name="Directories">Full paths; each is made when it is not there.</param>
/// <param name="Row">Files of which each directory is to have as few as can be: those that the slots of a stripe lie in. Without parity as many as directories.</param>
public sealed record PartSpread(IReadOnlyList<string> Directories, int Row)
{
    /// <summary>Most files of a row that lie in one directory.</summary>
    public int Share => (Row + Directories.Count - 1) / Directories.Count;

    /// <summary>The simplest way to deal them out: from a file's number to its directory's.</summary>
    public Func<int, int> InTurn => number => number % Row % Directories.Count;

    /// <summary>How the files are dealt out so that no directory has both copies of the fixed slots; null when there is no such way.</summary>
    /// <param name="partBytes">What of each file is the medium's, bytes.</param>
    /// <returns>As <see cref="InTurn"/>.</returns>
    public Func<int, int>? Deal(long partBytes)
    {
        int all = Directories.Count;
        Func<int, int>[] ways =
        [
            InTurn,
            number => ((number % Row) + (number / Row)) % all,
            number => number % Row * all / Row,
        ];
        int first = (int)(FixedPlaces.Ordinary.HeaderOffset(1) / partBytes);
        int last = (int)((Geometry.GroupSize - 1) / partBytes);
        return Array.Find(ways, way => Enumerable.Range(first, last - first + 1).All(number => way(number) != way(0)));
    }
}
