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

    /// <summary>It may be another by now: it is read at the exporter, which dates that.</summary>
    public void Forget(ulong ino)
    {
        lock (gate)
        {
            table.Remove(ino);
        }
    }

    public bool TryFind(ulong ino, long oldest, out InodeAttributes attributes) => TryFind(ino, oldest, out attributes, out _);

    /// <param name="ino">Of what.</param>
    /// <param name="oldest">What was told before is too old.</param>
    /// <param name="attributes">What is known.</param>
    /// <param name="asked">It is no older than that.</param>
    public bool TryFind(ulong ino, long oldest, out InodeAttributes attributes, out Moment asked)
    {
        lock (gate)
        {
            bool isKnown = table.TryGetValue(ino, out (InodeAttributes Attributes, Moment Asked) known) && known.Asked.Tick >= oldest && IsCurrent(known.Attributes, known.Asked);
            (attributes, asked) = known;
            return isKnown;
        }
    }

    /// <summary>The door is told of an inode, by somebody else: what was known of another version of it goes.</summary>
    public void Told(in InodeAttributes attributes)
    {
        lock (gate)
        {
            if (table.TryGetValue(attributes.Ino, out (InodeAttributes Attributes, Moment Asked) known) && FileVersion.Of(known.Attributes) != FileVersion.Of(attributes))
            {
                table.Remove(attributes.Ino);
            }
        }
    }

    /// <summary>Where only the exporter knows which file a name that went was of, any file may have one link less.</summary>
    private bool IsCurrent(in InodeAttributes attributes, Moment asked)
    {
        bool isDirectory = ModeBits.IsDirectory(attributes.Mode);
        return clock.IsUnchanged(attributes.Ino, asked, hasOtherNames: !isDirectory && attributes.LinkCount > 1) && (isDirectory || clock.IsNamed(asked));
    }
}
