using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>One end of a copy: a file system, and who asks it.</summary>
internal abstract class CopyPlace : IAsyncDisposable
{
    /// <summary>As the user wrote it.</summary>
    public abstract string Name { get; }

    public abstract IFileSystem Files { get; }

    public abstract Caller Caller { get; }

    /// <summary>Files made here can belong to anybody. An ordinary user's files on the host are his own.</summary>
    public abstract bool KeepsOwners { get; }

    /// <summary>Something could not be read because a volume is damaged.</summary>
    public virtual bool IsDamaged => false;

    /// <summary>Makes everything written durable; what is read from now on comes from where it was written to, as far as this can be had.</summary>
    public abstract ValueTask SettleAsync();

    /// <summary>Ends the use. A volume is closed: what cannot be written then is an exception.</summary>
    public abstract ValueTask DisposeAsync();
}
