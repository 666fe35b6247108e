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
        var scout = new LogReader(ring, keys, root.Log);
        while (scout.TryReadNext())
        {
            // To the end: only then is it known how far the log was durable.
        }

        if (scout.IsHole())
        {
            throw new ContainerFormatException(
                FormatFault.Damaged,
                $"The log is damaged at position {scout.Position}: commits that were durable follow, or are missing. Restore a backup, or run fsck.");
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
        return Math.Max(end, scout.Position);
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
