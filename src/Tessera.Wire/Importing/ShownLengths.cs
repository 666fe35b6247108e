using System.Collections.Concurrent;

namespace Tessera.Wire.Importing;

/// <summary>How long the kernel takes each file to be: it appends there and does not ask. Where others have moved a file's end since, an open of it for writing is answered as stale, once:
/// the kernel then looks the name up anew, which tells it, and opens again (fs/namei.c, do_filp_open()).</summary>
internal sealed class ShownLengths
{
    /// <summary>Opens that were answered as stale and have not come again.</summary>
    private const int MaxStale = 1024;

    private readonly ConcurrentDictionary<ulong, ulong> shown = new();
    private readonly ConcurrentDictionary<(ulong Ino, uint Thread), bool> stale = new();

    /// <summary>The kernel is told of a file's attributes.</summary>
    public void Tell(ulong ino, ulong length) => shown[ino] = length;

    /// <summary>It writes to there, and counts that at once.</summary>
    public void Grow(ulong ino, ulong end)
    {
        if (shown.TryGetValue(ino, out ulong length) && length < end)
        {
            shown[ino] = end;
        }
    }

    public void Forget(ulong ino) => shown.TryRemove(ino, out _);

    /// <summary>Whether an open by that thread is to be made again. The second is taken as it is: somebody may go on writing.</summary>
    public bool IsStale(ulong ino, uint thread, ulong length)
    {
        if (stale.TryRemove((ino, thread), out _) || !shown.TryGetValue(ino, out ulong known) || known == length)
        {
            return false;
        }

        return stale.Count < MaxStale && stale.TryAdd((ino, thread), value: true);
    }
}
