using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Core.Stores;

namespace Tessera.Container.Logging;

/// <summary>Puts the log's commits back into memory (docs/format/container.md, Replay).</summary>
internal static class LogReplayer
{
    /// <summary>Replays from the root's position; where the log ends.</summary>
    /// <exception cref="ContainerFormatException">There is a hole: something that was durable is gone.</exception>
    public static long Replay(ILogTarget target, LogRing ring, SealingKeys keys, RootRecord root)
    {
        long end = ReplayPrefix(target, ring, keys, root, out LogReader scout, isHoleAllowed: false);
        return Math.Max(end, scout.Position);
    }

    /// <summary>Replays what is authentic and in order from the root's position on, also when there is a hole behind it: for a repair, whose user
    /// has agreed to lose the rest.</summary>
    /// <param name="target">Takes the commits.</param>
    /// <param name="ring">The log.</param>
    /// <param name="keys">What opens it.</param>
    /// <param name="root">Where it begins.</param>
    /// <param name="lastBeyond">The highest commit that a record beyond the hole begins with; 0 when there is no hole.</param>
    /// <returns>Where the log ends.</returns>
    public static long ReplayWhole(ILogTarget target, LogRing ring, SealingKeys keys, RootRecord root, out ulong lastBeyond)
    {
        long end = ReplayPrefix(target, ring, keys, root, out LogReader scout, isHoleAllowed: true);
        lastBeyond = scout.IsHole() ? Math.Max(1, scout.LastSequenceBeyond()) : 0;
        return Math.Max(end, scout.Position);
    }

    private static long ReplayPrefix(ILogTarget target, LogRing ring, SealingKeys keys, RootRecord root, out LogReader scout, bool isHoleAllowed)
    {
        scout = new LogReader(ring, keys, root.Log);
        while (scout.TryReadNext())
        {
            // To the end: only then is it known how far the log was durable.
        }

        // A session ends with its clean root, so that nothing was ever sealed for what lies behind: no need to read all of the log at every opening.
        if (!isHoleAllowed && !root.Clean && scout.IsHole())
        {
            throw new ContainerFormatException(
                FormatFault.Damaged,
                $"The log is damaged at position {scout.Position}: commits that were durable follow, or are missing. Restore a backup, or run 'tessera fsck --repair': it keeps what comes before.");
        }

        long durable = scout.HighestDurable;
        long end = root.Log.Position;
        var reader = new LogReader(ring, keys, root.Log);
        while (reader.TryReadNext())
        {
            // Below the durable position every block was flushed with its record; above it, seeing is believing.
            if (reader.CurrentPosition >= durable && !AreBlocksWhole(target, reader.Body))
            {
                break;
            }

            Apply(target, reader.Body);
            end = reader.Position;
        }

        // Whatever lies behind is in sectors that may hold acknowledged, lost commits: a new session goes on after all of it.
        return end;
    }

    private static bool AreBlocksWhole(ILogTarget target, ReadOnlySpan<byte> body)
    {
        foreach (LoggedOperation operation in new LoggedOperations(body))
        {
            if (operation.Kind == StagedCommits.Operation.Claim && !target.VerifyBlock(BlockReference.Decode(operation.Value)))
            {
                return false;
            }
        }

        return true;
    }

    private static void Apply(ILogTarget target, ReadOnlySpan<byte> body)
    {
        foreach (LoggedOperation operation in new LoggedOperations(body))
        {
            target.Redo(operation);
        }
    }
}
