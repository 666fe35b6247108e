using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>Attributes of directories, as the exporter told them lately: the kernel asks for them anew after each name that it makes or removes there, and every second.</summary>
internal sealed class KnownAttributes(ChangeClock clock)
{
    private const int MaxKnown = 1024;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, (InodeAttributes Attributes, Moment Asked)> table = [];

    /// <param name="attributes">What was told.</param>
    /// <param name="asked">It is no older than that.</param>
    public void Keep(in InodeAttributes attributes, Moment asked)
    {
        if (!ModeBits.IsDirectory(attributes.Mode) || !clock.IsUnchanged(attributes.Ino, asked))
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
            bool isKnown = table.TryGetValue(ino, out (InodeAttributes Attributes, Moment Asked) known) && known.Asked.Tick >= oldest && clock.IsUnchanged(ino, known.Asked);
            attributes = known.Attributes;
            return isKnown;
        }
    }
}
