namespace Tessera.Core.FileSystem;

/// <summary>Takes the entries of a directory one by one until it is full.</summary>
public interface IDirectorySink
{
    /// <summary>Whether the reader wants full attributes (READDIRPLUS) or only inode number and type.</summary>
    bool WantsAttributes { get; }

    /// <summary>Adds one entry.</summary>
    /// <param name="name">The name, lent for the call.</param>
    /// <param name="cookie">Where a later read goes on after this entry: opaque, never 0, stable while the entry exists.</param>
    /// <param name="attributes">Ino (or ShownIno) and Mode always; the rest when <see cref="WantsAttributes"/>. An Ino of 0 then says that the name can be listed
    /// but not entered.</param>
    /// <returns>False when it did not fit: the entry was not taken and the reader stops.</returns>
    bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes);
}
