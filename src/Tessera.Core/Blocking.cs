namespace Tessera.Core;

/// <summary>Lets code that is about to wait (for a disk, a lock) tell the thread it runs on, so that a door's reader thread passes its role on first.</summary>
/// <remarks>A door sets <see cref="Announced"/> on each of its reader threads. Other threads have none, and the call costs one thread-static read.</remarks>
public static class Blocking
{
    [ThreadStatic]
    private static Action? announced;

    /// <summary>What this thread does before it waits; null for threads with no role.</summary>
    public static Action? Announced
    {
        get => announced;
        set => announced = value;
    }

    /// <summary>The calling thread may now wait. Cheap; call it before every system call that can reach a disk and before every contended lock.</summary>
    public static void Announce() => announced?.Invoke();
}
