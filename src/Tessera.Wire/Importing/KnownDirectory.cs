namespace Tessera.Wire.Importing;

/// <summary>What is known of one directory: its listing, as far as it has come, and which of its names this end has changed since it was asked for.</summary>
/// <remarks>Its members are used under the gate of <see cref="KnownDirectories"/>; <see cref="Loaded"/> may be awaited by anybody.</remarks>
internal sealed class KnownDirectory(ulong ino, Moment asked)
{
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private Dictionary<byte[], TouchedName>? touched;

    public ulong Ino => ino;

    /// <summary>When its listing was asked for.</summary>
    public Moment Asked => asked;

    /// <summary>The listing's first part has come, or will not.</summary>
    public Task Loaded => loaded.Task;

    public List<ListingChunk> Parts { get; } = [];

    /// <summary>Of the directory, when it was listed; before that what the door was last told since it was asked for.</summary>
    public FileVersion? Version { get; set; }

    /// <summary>What it has not, is not there: the listing is whole, or the directory was made empty by this end.</summary>
    public bool IsComplete { get; set; }

    /// <summary>A program has listed it, from the beginning.</summary>
    public bool WasRead { get; set; }

    /// <summary>How often a file in it was opened for reading that was not the one opened before.</summary>
    public int Opens { get; set; }

    public ulong LastOpened { get; set; }

    /// <summary>It is being listed anew; changes of names here are changes there too.</summary>
    public KnownDirectory? Renewal { get; set; }

    /// <summary>It was listed anew, and that did not fit.</summary>
    public bool IsRenewedInVain { get; set; }

    /// <summary>It was taken from the table.</summary>
    public bool IsGone { get; set; }

    /// <summary>Names that this end has changed, or is changing.</summary>
    public int Touched => touched?.Count ?? 0;

    public void SetLoaded() => loaded.TrySetResult();

    /// <summary>A change of a name begins, or has ended in some way: only the exporter knows what it is.</summary>
    /// <param name="name">The name.</param>
    /// <param name="change">When, by <see cref="ChangeClock"/>; 0: whatever ends later did not begin here.</param>
    private void Touch(ReadOnlySpan<byte> name, long change) =>
        (touched ??= new Dictionary<byte[], TouchedName>(NameComparer.Instance)).GetAlternateLookup<ReadOnlySpan<byte>>()[name] = new TouchedName(change, 0);

    /// <summary>A change of a name begins, or has ended and gave the name to an inode; 0: in some way.</summary>
    public void TouchOrSettle(ReadOnlySpan<byte> name, long change, ulong made)
    {
        if (made == 0 || !TrySettle(name, change, made))
        {
            Touch(name, made != 0 ? 0 : change);
        }
    }

    /// <summary>The change that began then has ended, and gave the name to an inode; nothing, if another change of it has begun since.</summary>
    private bool TrySettle(ReadOnlySpan<byte> name, long change, ulong made)
    {
        bool isLast = IsTouched(name, out TouchedName last) && last.Change == change;
        if (isLast)
        {
            touched!.GetAlternateLookup<ReadOnlySpan<byte>>()[name] = last with { Ino = made };
        }

        return isLast;
    }

    public bool IsTouched(ReadOnlySpan<byte> name, out TouchedName last)
    {
        last = default;
        return touched is not null && touched.GetAlternateLookup<ReadOnlySpan<byte>>().TryGetValue(name, out last);
    }
}
