using Tessera.Core.FileSystem;

namespace Tessera.Server;

/// <summary>A listing on its way to a session, which then holds what it is told of.</summary>
internal sealed class HoldingSink(IDirectorySink inner, ExportedFiles view) : IDirectorySink
{
    public bool WantsAttributes => inner.WantsAttributes;

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        if (attributes.Ino == 0 || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return inner.TryAdd(name, cookie, attributes);
        }

        bool isNew = view.Hold(attributes.Ino);
        bool fitted = inner.TryAdd(name, cookie, attributes);
        if (!fitted && isNew)
        {
            view.Forget(attributes.Ino); // The session was not told.
        }

        return fitted;
    }
}
