using Tessera.Core.FileSystem;
using Tessera.Host.Native;

namespace Tessera.Host.Copying;

/// <summary>One name could not be copied or compared: caught for each name, which is then told of, or, when the target is at its end, by the command.</summary>
internal sealed class CopyException : IOException
{
    public CopyException(string sentence)
        : base(sentence)
    {
    }

    /// <param name="doing">What was refused: "cannot be read".</param>
    /// <param name="error">What the file system answered.</param>
    public CopyException(string doing, FsError error)
        : base($"{doing}: {Libc.Describe((int)error)}") => Error = error;

    public FsError Error { get; init; }

    /// <summary>The target takes nothing any more: to go on would only repeat it for each name.</summary>
    public bool EndsAll { get; init; }

    /// <summary>From the target's answer: what of it ends the copy, and what only this name.</summary>
    public static CopyException OfTarget(string doing, FsError error) => new(doing, error)
    {
        EndsAll = error is FsError.NoSpace or FsError.QuotaExceeded or FsError.IO or FsError.ReadOnly or FsError.OutOfMemory,
    };
}
