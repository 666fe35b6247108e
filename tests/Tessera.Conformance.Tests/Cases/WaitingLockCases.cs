using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>Locks that are waited for, and locks between processes: fcntl(2), flock(2).</summary>
internal static class WaitingLockCases
{
    private const int Exclusive = 2;
    private const int NoWait = 4;
    private const int Release = 8;

    private static readonly RecordLock s_write = new(RecordLock.Write, 0, 0);
    private static readonly RecordLock s_read = new(RecordLock.Read, 0, 0);
    private static readonly RecordLock s_unlock = new(RecordLock.Unlock, 0, 0);

    [Clause("fcntl.2:F_SETLKW", "F_SETLKW waits until the lock in the way is released, and then has it.")]
    public static void Waits(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Lock(mine, RecordLock.Set, s_unlock);
        other.Answer().ShouldBe(0);
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(mine, RecordLock.Set, s_read));
    }

    [Clause("fcntl.2:F_SETLKW-part", "Releasing the part that is waited for is enough.")]
    public static void WaitsForPart(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 100));
        other.BeginLock(theirs, RecordLock.SetWait, new RecordLock(RecordLock.Write, 10, 10));
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Lock(mine, RecordLock.Set, new RecordLock(RecordLock.Unlock, 5, 20));
        other.Answer().ShouldBe(0);
    }

    [Clause("fcntl.2:F_SETLKW-downgrade", "A write lock turned into a read lock lets a waiting reader in.")]
    public static void WaitsForDowngrade(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_read);
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Lock(mine, RecordLock.Set, s_read);
        other.Answer().ShouldBe(0);
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(mine, RecordLock.Set, s_write));
    }

    [Clause("fcntl.2:F_SETLKW-upgrade", "A read lock becomes a write lock when the other readers are gone.")]
    public static void WaitsToUpgrade(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, s_read);
        other.Lock(theirs, RecordLock.Set, s_read);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Lock(mine, RecordLock.Set, s_unlock);
        other.Answer().ShouldBe(0);
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(mine, RecordLock.Set, s_read));
    }

    [Clause("fcntl.2:F_SETLKW-close", "Closing any descriptor of the file wakes who waits for the process's locks.")]
    public static void WaitsForClose(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        int another = Kernel.Open(room["a"], OpenFlag.ReadOnly);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Close(another);
        other.Answer().ShouldBe(0);
    }

    [Clause("fcntl.2:F_SETLKW-EINTR", "A signal that is caught ends the wait; no lock is left.")]
    public static void Interrupted(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        other.Interrupt();
        Expect.Errno(Errno.EINTR, () => other.Answer());
        Kernel.Lock(mine, RecordLock.Set, s_unlock);
        Kernel.Lock(mine, RecordLock.Set, s_write);
    }

    [Clause("fcntl.2:F_SETLKW-killed", "A process that is killed while it waits waits no more, and gets no lock.")]
    public static void KilledWaiter(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        other.Kill();
        Kernel.Lock(mine, RecordLock.Set, s_unlock);
        Kernel.Lock(mine, RecordLock.Get, s_write).Type.ShouldBe(RecordLock.Unlock);
    }

    [Clause("fcntl.2:EDEADLK", "Two processes that would wait for each other: the second is refused, and the first gets its lock in the end.")]
    public static void Deadlock(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        var first = new RecordLock(RecordLock.Write, 0, 1);
        var second = new RecordLock(RecordLock.Write, 1, 1);
        Kernel.Lock(mine, RecordLock.Set, first);
        other.Lock(theirs, RecordLock.Set, second);
        other.BeginLock(theirs, RecordLock.SetWait, first);
        OtherProcess.AwaitWaiter(room["a"]);
        Expect.Errno(Errno.EDEADLK, () => Kernel.Lock(mine, RecordLock.SetWait, second));
        Kernel.Lock(mine, RecordLock.Set, s_unlock);
        other.Answer().ShouldBe(0);
    }

    [Clause("fcntl.2:EDEADLK-files", "The same with two files.")]
    public static void DeadlockOfTwoFiles(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        room.File("b");
        int mineToo = room.Open("b", OpenFlag.ReadWrite);
        Kernel.Lock(mine, RecordLock.Set, s_write);
        other.Lock(other.Open(room["b"]), RecordLock.Set, s_write);
        other.BeginLock(theirs, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        Expect.Errno(Errno.EDEADLK, () => Kernel.Lock(mineToo, RecordLock.SetWait, s_write));
    }

    [Clause("fcntl.2:exit", "A process's locks are released when it ends.")]
    public static void ReleasedByExit(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        other.Lock(theirs, RecordLock.Set, s_write);
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(mine, RecordLock.Set, s_write));
        other.End();
        Kernel.Lock(mine, RecordLock.Set, s_write);
    }

    [Clause("fcntl.2:killed", "They are when it is killed, and who waits gets the lock.")]
    public static void ReleasedByKill(Room room)
    {
        using var other = new OtherProcess();
        using var waiter = new OtherProcess();
        (_, int theirs) = Both(room, other);
        int waiting = waiter.Open(room["a"]);
        other.Lock(theirs, RecordLock.Set, s_write);
        waiter.BeginLock(waiting, RecordLock.SetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        other.Kill();
        waiter.Answer().ShouldBe(0);
    }

    [Clause("fcntl.2:fork", "A child does not inherit its parent's record locks.")]
    public static void NotInherited(Room room)
    {
        using var other = new OtherProcess();
        (_, int theirs) = Both(room, other);
        other.Lock(theirs, RecordLock.Set, s_write);
        other.Do($"in_child(lambda: lock({theirs}, {RecordLock.Set}, {RecordLock.Write}, 0, 0))").ShouldBe(Errno.EAGAIN);
    }

    [Clause("fcntl.2:execve", "Record locks are kept across execve.")]
    public static void KeptByExecve(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        other.Lock(theirs, RecordLock.Set, s_write);
        other.Execute(theirs);
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(mine, RecordLock.Set, s_write));
    }

    [Clause("fcntl.2:F_OFD_SETLKW", "F_OFD_SETLKW waits, also within a process, for another description's lock.")]
    public static void DescriptionWaits(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.OpenSet, s_write);
        other.BeginLock(theirs, RecordLock.OpenSetWait, s_write);
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.Close(mine);
        other.Answer().ShouldBe(0);
    }

    [Clause("fcntl.2:F_OFD_SETLKW-EINTR", "A signal that is caught ends the wait.")]
    public static void DescriptionInterrupted(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.Lock(mine, RecordLock.OpenSet, s_write);
        other.BeginLock(theirs, RecordLock.OpenSetWait, s_read);
        OtherProcess.AwaitWaiter(room["a"]);
        other.Interrupt();
        Expect.Errno(Errno.EINTR, () => other.Answer());
    }

    [Clause("fcntl.2:F_OFD-fork", "A child shares its parent's descriptions, and their locks.")]
    public static void DescriptionInherited(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        other.Lock(theirs, RecordLock.OpenSet, s_write);
        other.Do($"in_child(lambda: lock({theirs}, {RecordLock.OpenSet}, {RecordLock.Read}, 0, 0))").ShouldBe(0);
        Kernel.Lock(mine, RecordLock.OpenSet, s_read);
    }

    [Clause("flock.2:waits", "Without LOCK_NB flock waits until the lock is released.")]
    public static void FlockWaits(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.FileLock(mine, Exclusive);
        other.Begin($"fcntl.flock({theirs}, {Exclusive}) or 0");
        OtherProcess.AwaitWaiter(room["a"]);
        Kernel.FileLock(mine, Release);
        other.Answer().ShouldBe(0);
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(mine, Exclusive | NoWait));
    }

    [Clause("flock.2:EINTR", "A signal that is caught ends the wait.")]
    public static void FlockInterrupted(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        Kernel.FileLock(mine, Exclusive);
        other.Begin($"fcntl.flock({theirs}, {Exclusive}) or 0");
        OtherProcess.AwaitWaiter(room["a"]);
        other.Interrupt();
        Expect.Errno(Errno.EINTR, () => other.Answer());
    }

    [Clause("flock.2:killed", "The lock goes with the process that is killed; a killed waiter gets none.")]
    public static void FlockReleasedByKill(Room room)
    {
        using var other = new OtherProcess();
        using var waiter = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        int waiting = waiter.Open(room["a"]);
        other.Do($"fcntl.flock({theirs}, {Exclusive}) or 0");
        waiter.Begin($"fcntl.flock({waiting}, {Exclusive}) or 0");
        OtherProcess.AwaitWaiter(room["a"]);
        waiter.Kill();
        other.Kill();
        Kernel.FileLock(mine, Exclusive | NoWait);
    }

    [Clause("flock.2:fork", "A child holds its parent's lock by the same description, and may release it.")]
    public static void FlockInherited(Room room)
    {
        using var other = new OtherProcess();
        (int mine, int theirs) = Both(room, other);
        other.Do($"fcntl.flock({theirs}, {Exclusive}) or 0");
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(mine, Exclusive | NoWait));
        other.Do($"in_child(lambda: fcntl.flock({theirs}, {Release}))").ShouldBe(0);
        Kernel.FileLock(mine, Exclusive | NoWait);
    }

    private static (int Mine, int Theirs) Both(Room room, OtherProcess other)
    {
        room.File("a", "abc");
        return (room.Open("a", OpenFlag.ReadWrite), other.Open(room["a"]));
    }
}
