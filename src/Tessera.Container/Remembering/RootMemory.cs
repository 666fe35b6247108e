using Tessera.Container.Format;

namespace Tessera.Container.Remembering;

/// <summary>The newest root of this open, to be noted outside the volume (docs/format/memory.md).</summary>
/// <param name="guard">Null: nothing is remembered.</param>
internal sealed class RootMemory(RollbackGuard? guard)
{
    private readonly Lock remembering = new();

    /// <summary>The newest whose write has returned; null while there is none of this open, and once it is closed.</summary>
    private volatile RootRecord? durable;

    /// <summary>When a root after this one is written, nanoseconds since 1970; a clock that is put back does not make a later root look earlier.</summary>
    public static long ClockAfter(RootRecord root) => Math.Max(root.VolumeClock, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);

    /// <summary>This root is durable.</summary>
    public void Written(RootRecord root) => durable = root;

    /// <summary>Notes the newest durable root, if it is later than what is remembered. From any thread; no commit or checkpoint waits for it.</summary>
    public void Remember()
    {
        lock (remembering)
        {
            if (durable is { } root)
            {
                guard?.Remember(root);
            }
        }
    }

    /// <summary>The keys go.</summary>
    public void End()
    {
        lock (remembering)
        {
            durable = null;
        }
    }
}
