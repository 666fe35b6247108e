using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Counts what there is to copy, so that a bar can say how far it is.</summary>
internal sealed class TreeCounter(CopyProgress progress) : ITreeVisitor
{
    public ValueTask<bool> EnterAsync(TreeEntry directory)
    {
        progress.TotalNames++;
        return new(true);
    }

    public ValueTask VisitAsync(TreeEntry entry)
    {
        progress.TotalNames++;
        progress.TotalBytes += ModeBits.IsRegular(entry.Source.Mode) ? (long)Math.Min(entry.Source.Size, long.MaxValue / 2) : 0;
        return default;
    }

    public ValueTask LeaveAsync(TreeEntry directory) => default;
}
