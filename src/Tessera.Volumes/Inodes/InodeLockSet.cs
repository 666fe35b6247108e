using System.Runtime.CompilerServices;

namespace Tessera.Volumes.Inodes;

/// <summary>The locks of up to four inodes, entered in the order of their numbers: every operation keeps to it, so none can wait in a
/// circle.
/// An inode named twice is entered once, exclusively if either asked for it.</summary>
internal struct InodeLockSet
{
    private const int Most = 4;
    private Members members;
    private int count;

    public static InodeLockSet Exclusive(Inode inode)
    {
        InodeLockSet set = default;
        set.Add(inode, exclusive: true);
        return set;
    }

    public void Add(Inode? inode, bool exclusive)
    {
        if (inode is null)
        {
            return;
        }

        int at = 0;
        while (at < count && members[at].Inode.Ino < inode.Ino)
        {
            at++;
        }

        if (at < count && members[at].Inode == inode)
        {
            members[at].Exclusive |= exclusive;
            return;
        }

        for (int i = count; i > at; i--)
        {
            members[i] = members[i - 1];
        }

        members[at] = new Member(inode, exclusive);
        count++;
    }

    public readonly async ValueTask EnterAsync()
    {
        for (int i = 0; i < count; i++)
        {
            await (members[i].Exclusive ? members[i].Inode.Lock.EnterExclusiveAsync() : members[i].Inode.Lock.EnterSharedAsync());
        }
    }

    public readonly void Exit()
    {
        for (int i = count - 1; i >= 0; i--)
        {
            if (members[i].Exclusive)
            {
                members[i].Inode.Lock.ExitExclusive();
            }
            else
            {
                members[i].Inode.Lock.ExitShared();
            }
        }
    }

    private record struct Member(Inode Inode, bool Exclusive);

    [InlineArray(Most)]
    private struct Members
    {
        private Member first;
    }
}
