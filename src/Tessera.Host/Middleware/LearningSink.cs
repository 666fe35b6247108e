using Tessera.Core.FileSystem;

namespace Tessera.Host.Middleware;

/// <summary>Writes down the names of a listing on its way to the door. What cannot be kept can be listed and not entered.</summary>
internal sealed class LearningSink(IDirectorySink inner, ulong directory, KnownNames names) : IDirectorySink
{
    public bool WantsAttributes => inner.WantsAttributes;

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        if (attributes.Ino == 0 || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return inner.TryAdd(name, cookie, attributes);
        }

        bool wasKnown = names.IsKnown(attributes.Ino);
        if (!names.Learn(directory, name, attributes))
        {
            return inner.TryAdd(name, cookie, attributes with { Ino = 0, ShownIno = attributes.ShownIno == 0 ? attributes.Ino : attributes.ShownIno });
        }

        bool fitted = inner.TryAdd(name, cookie, attributes);
        if (!fitted && !wasKnown)
        {
            names.Forget(attributes.Ino); // The door was not told.
        }

        return fitted;
    }
}
