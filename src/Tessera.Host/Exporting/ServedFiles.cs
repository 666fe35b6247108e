using Tessera.Core.FileSystem;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;

namespace Tessera.Host.Exporting;

/// <summary>What a server exports, opened for as long as it runs. All who mount it use it at once.</summary>
internal abstract class ServedFiles(string name) : IAsyncDisposable
{
    /// <summary>By which clients ask for it.</summary>
    public string Name { get; } = name;

    public abstract IFileSystem Files { get; }

    /// <summary>Nobody may change anything in it.</summary>
    public abstract bool IsReadOnly { get; }

    /// <summary>Who owns what clients make, and as whom all is done.</summary>
    public abstract (uint Uid, uint Gid) Owner { get; }

    /// <summary>Tells what is changed there beside the server; null: nobody else can.</summary>
    public virtual IWatchedFiles? Watched => null;

    /// <summary>Why it cannot be used as it should; null: it can.</summary>
    public virtual string? Fault => null;

    /// <summary>Opens a volume, asking for its passphrase where that is not said to be elsewhere, or a directory of this host.</summary>
    /// <exception cref="IOException">It does not open (see <see cref="CommandLine.Refusal"/>); in use by another process included.</exception>
    public static async Task<ServedFiles> OpenAsync(ExportOptions options, EventLog log) =>
        DirectorySource.Is(options.Source) ? ServedDirectory.Open(options) : await ServedVolume.OpenAsync(options, log);

    public abstract ValueTask DisposeAsync();
}
