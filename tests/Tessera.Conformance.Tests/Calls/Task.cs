namespace Tessera.Conformance.Tests.Calls;

/// <summary>Runs an action on a thread of its own, which the kernel takes for a task of its own: with other ids, another umask or another owner of locks.</summary>
internal static class Task
{
    public const uint Somebody = 1001;
    public const uint Other = 1002;

    /// <summary>As a user without capabilities. The C library would change every thread's ids, the system call changes this one's.</summary>
    public static void As(uint uid, uint gid, Action action) => As(uid, gid, [], action);

    public static void As(uint uid, uint gid, uint[] groups, Action action) => OnThread(() =>
    {
        Kernel.SetIds(uid, gid, groups);
        action();
    });

    /// <summary>With a umask that no other thread sees: unshare(2), CLONE_FS.</summary>
    public static void WithMask(uint mask, Action action) => OnThread(() =>
    {
        Kernel.Unshare(Kernel.CloneFileSystem);
        Kernel.SetMask(mask);
        action();
    });

    /// <summary>With a table of descriptors of its own, which is what owns fcntl(2)'s locks: unshare(2), CLONE_FILES.</summary>
    public static void AsLockOwner(Action action) => OnThread(() =>
    {
        Kernel.Unshare(Kernel.CloneFiles);
        action();
    });

    private static void OnThread(Action action)
    {
        Exception? fault = null;
        var thread = new Thread(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // It is thrown on, on the thread that waits.
            catch (Exception caught)
#pragma warning restore CA1031
            {
                fault = caught;
            }
        });
        thread.Start();
        thread.Join();
        if (fault is not null)
        {
            System.Runtime.ExceptionServices.ExceptionDispatchInfo.Throw(fault);
        }
    }
}
