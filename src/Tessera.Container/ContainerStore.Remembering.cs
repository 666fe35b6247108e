using Tessera.Container.Format;

namespace Tessera.Container;

/// <summary>The newest root, noted outside the volume (docs/format/memory.md).</summary>
public sealed partial class ContainerStore
{
    private readonly Lock remembering = new();

    /// <summary>The newest whose write has returned; null while there is none of this open, and once it is closed.</summary>
    private volatile RootRecord? durableRoot;

    /// <summary>Notes the newest durable root, if it is later than what is remembered. From any thread; no commit or checkpoint waits for it.</summary>
    public void Remember()
    {
        lock (remembering)
        {
            if (durableRoot is { } root)
            {
                options.Guard?.Remember(root);
            }
        }
    }

    private void WriteRoot()
    {
        roots.Write(Root);
        durableRoot = Root;
    }

    /// <summary>The keys go.</summary>
    private void EndRemembering()
    {
        lock (remembering)
        {
            durableRoot = null;
        }
    }

    /// <summary>When a root is written, nanoseconds since 1970; a clock that is put back does not make a later root look earlier.</summary>
    private long ClockForRoot() => Math.Max(Root.VolumeClock, (TimeProvider.System.GetUtcNow() - DateTimeOffset.UnixEpoch).Ticks * TimeSpan.NanosecondsPerTick);
}
