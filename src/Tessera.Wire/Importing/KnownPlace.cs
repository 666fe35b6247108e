using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>Where an inode was listed.</summary>
/// <param name="Directory">Among its names.</param>
/// <param name="Part">Of the directory's listing.</param>
/// <param name="Start">Of its entry.</param>
/// <param name="Next">Behind its entry.</param>
internal readonly record struct KnownPlace(KnownDirectory Directory, ListingChunk Part, int Start, int Next)
{
    public InodeAttributes Attributes
    {
        get
        {
            int position = Start;
            return Part.TryReadAt(ref position, out ListedEntry entry) ? entry.Attributes : default;
        }
    }
}
