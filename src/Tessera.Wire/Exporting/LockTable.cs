using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>The locks of all sessions that use the same files: those of fcntl(2) by ranges of bytes, those of flock(2) as one range. Nobody waits here: who meets another's
/// lock is told so, and asks again.</summary>
public sealed class LockTable
{
    private readonly Lock gate = new();
    private readonly Dictionary<(ulong Ino, bool IsFlock), List<(LockHolder Holder, FileLock Lock)>> held = [];
    private readonly Dictionary<Exporter, int> counts = [];

    /// <summary>Ranges that are locked.</summary>
    public int Count
    {
        get
        {
            lock (gate)
            {
                return counts.Values.Sum();
            }
        }
    }

    /// <summary>The first lock in the way; null: there is none.</summary>
    internal FileLock? Find(ulong ino, LockHolder holder, FileLock wanted)
    {
        lock (gate)
        {
            return FindHeld(ino, holder, wanted);
        }
    }

    /// <summary>Takes a lock, in the place of what the holder has of that range, or lets it go.</summary>
    /// <returns><see cref="FsError.TryAgain"/>: another's is in the way; <see cref="FsError.NoLocks"/>: the session has too many.</returns>
    internal FsError Set(ulong ino, LockHolder holder, FileLock wanted)
    {
        lock (gate)
        {
            if (wanted.Kind != FileLockKind.None && FindHeld(ino, holder, wanted) is not null)
            {
                return FsError.TryAgain;
            }

            // A range in the middle of another makes three of one.
            if (wanted.Kind != FileLockKind.None && counts.GetValueOrDefault(holder.Session) + 2 > WireLimits.MaxLocks)
            {
                return FsError.NoLocks;
            }

            Replace(ino, holder, wanted);
            return FsError.None;
        }
    }

    /// <summary>A session is over, and its locks with it.</summary>
    internal void Drop(Exporter session)
    {
        lock (gate)
        {
            if (!counts.Remove(session))
            {
                return;
            }

            foreach (((ulong Ino, bool IsFlock) file, List<(LockHolder Holder, FileLock Lock)> locks) in held.ToArray())
            {
                _ = locks.RemoveAll(one => one.Holder.Session == session);
                if (locks.Count == 0)
                {
                    held.Remove(file);
                }
            }
        }
    }

    private static bool Overlaps(in FileLock one, in FileLock other) => one.Start <= other.End && other.Start <= one.End;

    private FileLock? FindHeld(ulong ino, LockHolder holder, FileLock wanted)
    {
        if (held.TryGetValue((ino, holder.Owner.IsFlock), out List<(LockHolder Holder, FileLock Lock)>? locks))
        {
            foreach ((LockHolder other, FileLock taken) in locks)
            {
                if (other != holder && Overlaps(taken, wanted) && (taken.Kind == FileLockKind.Exclusive || wanted.Kind == FileLockKind.Exclusive))
                {
                    return taken;
                }
            }
        }

        return null;
    }

    /// <summary>What the holder has of the range goes, what sticks out of it stays, and what touches the new lock and is of its kind becomes one with it (fcntl(2)).</summary>
    private void Replace(ulong ino, LockHolder holder, FileLock wanted)
    {
        (ulong, bool) file = (ino, holder.Owner.IsFlock);
        if (!held.TryGetValue(file, out List<(LockHolder Holder, FileLock Lock)>? locks))
        {
            if (wanted.Kind == FileLockKind.None)
            {
                return;
            }

            held[file] = locks = [];
        }

        int before = locks.Count;
        FileLock merged = wanted;
        var left = new List<FileLock>();
        foreach (FileLock own in locks.Where(one => one.Holder == holder).Select(one => one.Lock))
        {
            if (own.Kind == wanted.Kind && own.Start <= wanted.End + 1 && wanted.Start <= own.End + 1)
            {
                merged = merged with { Start = Math.Min(merged.Start, own.Start), End = Math.Max(merged.End, own.End) };
            }
            else if (!Overlaps(own, wanted))
            {
                left.Add(own);
            }
            else
            {
                AddRest(left, own, wanted);
            }
        }

        _ = locks.RemoveAll(one => one.Holder == holder);
        locks.AddRange(left.Select(one => (holder, one)));
        if (wanted.Kind != FileLockKind.None)
        {
            locks.Add((holder, merged));
        }

        counts[holder.Session] = counts.GetValueOrDefault(holder.Session) + locks.Count - before;
        if (locks.Count == 0)
        {
            held.Remove(file);
        }
    }

    private static void AddRest(List<FileLock> left, in FileLock own, in FileLock wanted)
    {
        if (own.Start < wanted.Start)
        {
            left.Add(own with { End = wanted.Start - 1 });
        }

        if (own.End > wanted.End)
        {
            left.Add(own with { Start = wanted.End + 1 });
        }
    }
}
