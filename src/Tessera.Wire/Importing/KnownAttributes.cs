using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>Attributes as the exporter told them lately: of directories, because the kernel asks for them anew after each name that it makes or removes there, and every second; and
/// of files that this end has made, opened or closed.</summary>
internal sealed class KnownAttributes(ChangeClock clock)
{
    private const int MaxKnown = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, (InodeAttributes Attributes, Moment Asked)> table = [];

    /// <param name="attributes">What was told.</param>
    /// <param name="asked">It is no older than that.</param>
    public void Keep(in InodeAttributes attributes, Moment asked)
    {
        if (ModeBits.IsDirectory(attributes.Mode))
        {
            KeepOpened(attributes, asked);
        }
    }

    /// <summary>The same of a file that was just made, opened or closed: who did that asks for them next.</summary>
    public void KeepOpened(in InodeAttributes attributes, Moment asked)
    {
        if (!IsCurrent(attributes, asked))
        {
            return;
        }

        lock (gate)
        {
            if (table.Count >= MaxKnown)
            {
                table.Clear(); // They are good for seconds only.
            }

            table[attributes.Ino] = (attributes, asked);
        }
    }

    public bool TryFind(ulong ino, long oldest, out InodeAttributes attributes)
    {
        lock (gate)
        {
            bool isKnown = table.TryGetValue(ino, out (InodeAttributes Attributes, Moment Asked) known) && known.Asked.Tick >= oldest && IsCurrent(known.Attributes, known.Asked);
            attributes = known.Attributes;
            return isKnown;
        }
    }

    /// <summary>Which file a name that goes is of, only the exporter knows: any file may have one link less.</summary>
    private bool IsCurrent(in InodeAttributes attributes, Moment asked) =>
        clock.IsUnchanged(attributes.Ino, asked, hasOtherNames: !ModeBits.IsDirectory(attributes.Mode));
}
