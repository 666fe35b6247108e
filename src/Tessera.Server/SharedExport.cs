using Tessera.Core.FileSystem;
using Tessera.Host.Exporting;
using Tessera.Wire.Exporting;

namespace Tessera.Server;

/// <summary>What is exported, as all its sessions have it together: which of them holds which inode, who has locked what, and who is told of a change.</summary>
internal sealed class SharedExport : IAsyncDisposable
{
    private readonly Lock gate = new();
    private readonly Dictionary<ulong, int> holders = [];
    private readonly Queue<ulong> fading = new();
    private ExportedFiles[] views = [];

    public SharedExport(ServedFiles source)
    {
        Source = source;
        IsWatched = source.Watched is not { } watched || watched.TryWatch(change => Tell(teller: null, change));
    }

    public ServedFiles Source { get; }

    public LockTable Locks { get; } = new();

    /// <summary>All that anybody changes is known here: nobody but the sessions can, or the host tells it. Otherwise a client that relied on being told would be wrong.</summary>
    public bool IsWatched { get; }

    /// <summary>Somebody besides one session uses it: a change is somebody's news.</summary>
    public bool HasOthers => Volatile.Read(ref views).Length > 1;

    /// <summary>What a session that begins sees.</summary>
    public ExportedFiles Open()
    {
        var view = new ExportedFiles(this);
        lock (gate)
        {
            views = [.. views, view];
        }

        return view;
    }

    /// <summary>A session is over. What it held it has given back.</summary>
    public void Close(ExportedFiles view)
    {
        lock (gate)
        {
            views = [.. views.Where(other => other != view)];
        }
    }

    /// <summary>Tells all sessions but one of a change, before whoever made it is answered.</summary>
    public void Tell(ExportedFiles? teller, FileChange change)
    {
        foreach (ExportedFiles view in Volatile.Read(ref views))
        {
            if (view != teller)
            {
                view.Hear(change);
            }
        }
    }

    /// <summary>A session holds an inode that it did not hold.</summary>
    public void Hold(ulong ino)
    {
        lock (gate)
        {
            holders[ino] = holders.GetValueOrDefault(ino) + 1;
        }
    }

    /// <summary>A session holds it no more. The file system may forget it when none does, after a while: another may be finding it in this moment.</summary>
    public void Release(ulong ino)
    {
        lock (gate)
        {
            int left = holders[ino] - 1;
            if (left > 0)
            {
                holders[ino] = left;
                return;
            }

            holders.Remove(ino);
            Fade(ino);
        }
    }

    /// <summary>An inode was found for the server itself, and nobody may hold it.</summary>
    public void Touch(ulong ino)
    {
        lock (gate)
        {
            if (!holders.ContainsKey(ino))
            {
                Fade(ino);
            }
        }
    }

    public ValueTask DisposeAsync() => Source.DisposeAsync();

    private void Fade(ulong ino)
    {
        fading.Enqueue(ino);
        while (fading.Count > ServerLimits.MaxFadingInodes)
        {
            ulong oldest = fading.Dequeue();
            if (!holders.ContainsKey(oldest))
            {
                Source.Files.Forget(oldest);
            }
        }
    }
}
