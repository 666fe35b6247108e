namespace Tessera.Wire.Importing;

/// <summary>A small file's whole content, here or on its way.</summary>
/// <remarks>Its members are used under the gate of <see cref="KeptContents"/>; <see cref="Loaded"/> may be awaited by anybody.</remarks>
internal sealed class KeptContent(ulong ino, Moment asked, int weight)
{
    private readonly TaskCompletionSource loaded = new(TaskCreationOptions.RunContinuationsAsynchronously);

    public ulong Ino => ino;

    public Moment Asked => asked;

    /// <summary>Bytes that are counted for it.</summary>
    public int Weight => weight;

    /// <summary>It is here, or will not come.</summary>
    public Task Loaded => loaded.Task;

    /// <summary>From a pool; null: not here yet.</summary>
    public byte[]? Bytes { get; set; }

    public int Length { get; set; }

    /// <summary>Of the file, when it was read; before that what the door was last told since it was asked for.</summary>
    public FileVersion? Version { get; set; }

    public bool IsGone { get; set; }

    public void SetLoaded() => loaded.TrySetResult();
}
