namespace Tessera.Wire.Importing;

/// <summary>What is known of one directory: its listing, as far as it has come, and which of its names this end has changed since it was asked for.</summary>
/// <remarks>Its members are used under the gate of <see cref="KnownDirectories"/>; <see cref="Loaded"/> may be awaited by anybody.</remarks>
internal sealed class KnownDirectory(ulong ino, Moment asked)
{
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private HashSet<byte[]>? touched;

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

    /// <summary>It was taken from the table.</summary>
    public bool IsGone { get; set; }

    /// <summary>Names that this end has changed, or is changing.</summary>
    public int Touched => touched?.Count ?? 0;

    public void SetLoaded() => loaded.TrySetResult();

    public void Touch(ReadOnlySpan<byte> name) =>
        (touched ??= new HashSet<byte[]>(NameComparer.Instance)).GetAlternateLookup<ReadOnlySpan<byte>>().Add(name);

    public bool IsTouched(ReadOnlySpan<byte> name) => touched is not null && touched.GetAlternateLookup<ReadOnlySpan<byte>>().Contains(name);
}
