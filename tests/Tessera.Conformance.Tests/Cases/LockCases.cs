using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>flock(2), and fcntl(2)'s record locks of processes and of open file descriptions.</summary>
internal static class LockCases
{
    private const int Shared = 1;
    private const int Exclusive = 2;
    private const int NoWait = 4;
    private const int Release = 8;

    [Clause("flock.2:EWOULDBLOCK", "LOCK_NB, and another description holds an exclusive lock.")]
    public static void FlockConflict(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.FileLock(one, Exclusive);
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(two, Exclusive | NoWait));
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(two, Shared | NoWait));
        Kernel.FileLock(one, Release);
        Kernel.FileLock(two, Exclusive | NoWait);
    }

    [Clause("flock.2:LOCK_SH", "More than one may hold a shared lock.")]
    public static void FlockShared(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.FileLock(one, Shared | NoWait);
        Kernel.FileLock(two, Shared | NoWait);
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(one, Exclusive | NoWait));
    }

    [Clause("flock.2:close", "The lock goes when its description is closed.")]
    public static void FlockClose(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.FileLock(one, Exclusive);
        Kernel.Close(one);
        Kernel.FileLock(two, Exclusive | NoWait);
    }

    [Clause("flock.2:convert", "A lock is converted by locking again.")]
    public static void FlockConvert(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.FileLock(one, Exclusive);
        Kernel.FileLock(one, Shared | NoWait);
        Kernel.FileLock(two, Shared | NoWait);
    }

    [Clause("fcntl.2:F_SETLK-EAGAIN", "Another process holds a conflicting lock; other ranges are free.")]
    public static void Conflict(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 10, 10));
        Task.AsLockOwner(() =>
        {
            Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 19, 1)));
            Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0)));
            Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 10));
            Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 20, 0));
        });
    }

    [Clause("fcntl.2:F_RDLCK", "Read locks of several processes overlap.")]
    public static void ReadLocks(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0));
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0)));
    }

    [Clause("fcntl.2:own", "A process does not conflict with itself; a new lock replaces the old.")]
    public static void Own(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0));
        Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0));
        Task.AsLockOwner(() => Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Read, 5, 1)));
    }

    [Clause("fcntl.2:F_GETLK", "F_GETLK tells the lock that is in the way, or F_UNLCK.")]
    public static void Get(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 10, 5));
        Task.AsLockOwner(() =>
        {
            Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Read, 0, 0)).ShouldSatisfyAllConditions(
                it => it.Type.ShouldBe(RecordLock.Write),
                it => it.Start.ShouldBe(10),
                it => it.Length.ShouldBe(5),
                it => it.Pid.ShouldBe(Environment.ProcessId));
            Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 0, 10)).Type.ShouldBe(RecordLock.Unlock);
        });
    }

    [Clause("fcntl.2:split", "Unlocking the middle of a range leaves both its ends.")]
    public static void Split(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 30));
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Unlock, 10, 10));
        Task.AsLockOwner(() =>
        {
            Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 10, 10));
            Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 20, 0)).Start.ShouldBe(20);
            Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 0, 10)).Length.ShouldBe(10);
        });
    }

    [Clause("fcntl.2:close-releases", "Closing any descriptor of the file releases the process's locks on it.")]
    public static void CloseReleases(Room room)
    {
        (int one, int two) = Two(room);
        int third = Kernel.Open(room["a"], OpenFlag.ReadOnly);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0));
        Kernel.Close(third);
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0)));
    }

    [Clause("fcntl.2:EBADF", "A write lock wants a descriptor open for writing, a read lock one for reading.")]
    public static void WrongMode(Room room)
    {
        room.File("a");
        Expect.Errno(Errno.EBADF, () => Kernel.Lock(room.Open("a", OpenFlag.ReadOnly), RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0)));
        Expect.Errno(Errno.EBADF, () => Kernel.Lock(room.Open("a", OpenFlag.WriteOnly), RecordLock.Set, new RecordLock(RecordLock.Read, 0, 0)));
    }

    [Clause("fcntl.2:EINVAL", "A range that begins before the file.")]
    public static void BadRange(Room room) =>
        Expect.Errno(Errno.EINVAL, () => Kernel.Lock(Two(room).One, RecordLock.Set, new RecordLock(RecordLock.Write, -1, 1)));

    [Clause("fcntl.2:F_OFD_SETLK", "Locks of open file descriptions conflict within a process.")]
    public static void Descriptions(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 10));
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 9, 1)));
        Kernel.Lock(two, RecordLock.OpenGet, new RecordLock(RecordLock.Write, 0, 0)).ShouldSatisfyAllConditions(it => it.Type.ShouldBe(RecordLock.Write), it => it.Pid.ShouldBe(-1));
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 1)));
    }

    [Clause("fcntl.2:F_OFD-close", "They go with the last descriptor of the description, not with another's close.")]
    public static void DescriptionClose(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0));
        Kernel.Close(Kernel.Open(room["a"], OpenFlag.ReadOnly));
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0)));
        Kernel.Close(one);
        Kernel.Lock(two, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0));
    }

    [Clause("fcntl.2:unlink", "Locks hold on a file without a name.")]
    public static void Nameless(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Unlink(room["a"]);
        Kernel.Lock(one, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0));
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0)));
    }

    [Clause("fcntl.2:merge", "Adjoining locks of one process are one lock.")]
    public static void Merge(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 10));
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 10, 10));
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 5, 1))
            .ShouldSatisfyAllConditions(it => it.Start.ShouldBe(0), it => it.Length.ShouldBe(20)));
    }

    [Clause("fcntl.2:downgrade-part", "A read lock over a part of a write lock leaves the rest of it.")]
    public static void DowngradePart(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 30));
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Read, 10, 10));
        Task.AsLockOwner(() =>
        {
            Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 10, 10));
            Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 9, 1)));
            Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Read, 20, 1)));
        });
    }

    [Clause("fcntl.2:l_len-negative", "A negative length covers the bytes before the start.")]
    public static void NegativeLength(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 20, -10));
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 0, 0))
            .ShouldSatisfyAllConditions(it => it.Start.ShouldBe(10), it => it.Length.ShouldBe(10)));
    }

    [Clause("fcntl.2:l_whence", "The start may count from the end of the file or the current offset.")]
    public static void Whence(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, -1, 1) { Whence = Kernel.SeekEnd });
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 0, 0)).Start.ShouldBe(2));
        Kernel.Seek(one, 10, Kernel.SeekSet);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 5, 1) { Whence = Kernel.SeekCurrent });
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Get, new RecordLock(RecordLock.Write, 10, 0)).Start.ShouldBe(15));
    }

    [Clause("fcntl.2:EOVERFLOW", "A range whose end no offset can express.")]
    public static void EndOverflows(Room room) =>
        Expect.Errno(Errno.EOVERFLOW, () => Kernel.Lock(Two(room).One, RecordLock.Set, new RecordLock(RecordLock.Write, long.MaxValue, 2)));

    [Clause("fcntl.2:dup-close", "Closing a duplicate releases the process's record locks too.")]
    public static void DuplicateClose(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0));
        Kernel.Close(Kernel.Duplicate(one));
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0)));
    }

    [Clause("fcntl.2:F_OFD-dup", "Closing a duplicate leaves the locks of the description.")]
    public static void DescriptionDuplicate(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.Lock(one, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0));
        Kernel.Close(Kernel.Duplicate(one));
        Expect.Errno(Errno.EAGAIN, () => Kernel.Lock(two, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0)));
    }

    [Clause("fcntl.2:F_OFD-EINVAL", "l_pid must be zero for locks of descriptions.")]
    public static void DescriptionPid(Room room) =>
        Expect.Errno(Errno.EINVAL, () => Kernel.Lock(Two(room).One, RecordLock.OpenSet, new RecordLock(RecordLock.Write, 0, 0) { Pid = 1 }));

    [Clause("flock.2:dup", "A duplicate refers to the same lock, and unlocking by it unlocks.")]
    public static void FlockDuplicate(Room room)
    {
        (int one, int two) = Two(room);
        int duplicate = room.Keep(Kernel.Duplicate(one));
        Kernel.FileLock(one, Exclusive);
        Kernel.FileLock(duplicate, Exclusive | NoWait);
        Kernel.FileLock(duplicate, Release);
        Kernel.FileLock(two, Exclusive | NoWait);
    }

    [Clause("flock.2:mode", "Any lock may be placed whatever the mode the file was opened in.")]
    public static void FlockReadOnly(Room room)
    {
        room.File("a");
        Kernel.FileLock(room.Open("a", OpenFlag.ReadOnly), Exclusive | NoWait);
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(room.Open("a", OpenFlag.WriteOnly), Shared | NoWait));
    }

    [Clause("flock.2:fcntl", "flock and fcntl locks do not see each other on a local file system.")]
    public static void FlockBesideRecordLock(Room room)
    {
        (int one, int two) = Two(room);
        Kernel.FileLock(one, Exclusive);
        Task.AsLockOwner(() => Kernel.Lock(two, RecordLock.Set, new RecordLock(RecordLock.Write, 0, 0)));
    }

    [Clause("flock.2:directory", "A directory can be locked.")]
    public static void FlockDirectory(Room room)
    {
        Kernel.FileLock(room.Open(".", OpenFlag.Directory), Exclusive | NoWait);
        Expect.Errno(Errno.EAGAIN, () => Kernel.FileLock(room.Open(".", OpenFlag.Directory), Exclusive | NoWait));
    }

    [Clause("flock.2:EINVAL", "An operation that there is not.")]
    public static void FlockNothing(Room room) => Expect.Errno(Errno.EINVAL, () => Kernel.FileLock(Two(room).One, 0));

    private static (int One, int Two) Two(Room room)
    {
        room.File("a", "abc");
        return (room.Open("a", OpenFlag.ReadWrite), room.Open("a", OpenFlag.ReadWrite));
    }
}
