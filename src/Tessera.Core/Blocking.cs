namespace Tessera.Core;

/// <summary>Lets code that is about to wait (for a disk, a lock) say so, so that a door's reader thread passes its role on first.</summary>
/// <remarks>A door registers what its own threads do then; on all other threads its action must do nothing, and cheaply.</remarks>
public static class Blocking
{
    private static Action<Wait>? announced;

    /// <summary>Adds what is to be done by a thread before it waits.</summary>
    public static void Register(Action<Wait> beforeWaiting)
    {
        Action<Wait>? before = Volatile.Read(ref announced);
        Action<Wait>? seen;
        do
        {
            seen = before;
            if (seen?.GetInvocationList().Contains(beforeWaiting) == true)
            {
                return;
            }

            before = Interlocked.CompareExchange(ref announced, seen + beforeWaiting, seen);
        }
        while (before != seen);
    }

    /// <summary>The calling thread may now wait. Call it before every system call that can reach a disk and before every contended lock.</summary>
    public static void Announce(Wait wait = Wait.Open) => Volatile.Read(ref announced)?.Invoke(wait);
}
