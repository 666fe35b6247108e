using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Files;

/// <summary>Open files by handle: slot number plus one in the low 32 bits, the slot's use count above, so that a stale handle is told
/// from its successor.</summary>
internal sealed class HandleTable
{
    private readonly Lock sync = new();
    private readonly Stack<int> free = new();
    private OpenFile?[] slots = new OpenFile?[64];
    private uint[] uses = new uint[64];
    private int used;

    public int Count { get; private set; }

    /// <summary>Gives the file a handle; false when <see cref="VolumeLimits.MaxHandles"/> are open.</summary>
    public bool TryAdd(OpenFile file)
    {
        lock (sync)
        {
            if (!free.TryPop(out int slot))
            {
                if (used == VolumeLimits.MaxHandles)
                {
                    return false;
                }

                if (used == slots.Length)
                {
                    Array.Resize(ref uses, used * 2);
                    OpenFile?[] larger = new OpenFile?[used * 2];
                    slots.CopyTo(larger, 0);
                    Volatile.Write(ref slots, larger);
                }

                slot = used++;
            }

            file.Handle = ((ulong)++uses[slot] << 32) | (uint)(slot + 1);
            Volatile.Write(ref slots[slot], file);
            Count++;
            return true;
        }
    }

    /// <summary>The open file of a handle on the inode; null for 0 and for handles that are not open.</summary>
    public OpenFile? Find(ulong handle, ulong ino)
    {
        uint slot = (uint)handle - 1;
        OpenFile?[] current = Volatile.Read(ref slots);
        OpenFile? file = slot < current.Length ? Volatile.Read(ref current[slot]) : null;
        return file is not null && file.Handle == handle && file.Inode.Ino == ino ? file : null;
    }

    /// <summary>Whether the user has the inode open for writing. Looks at all handles: for rare questions.</summary>
    public bool IsWriter(uint uid, Inode inode)
    {
        lock (sync)
        {
            return slots.Any(file => file is { CanWrite: true } && file.Inode == inode && file.Uid == uid);
        }
    }

    public OpenFile? Remove(ulong handle, ulong ino)
    {
        lock (sync)
        {
            OpenFile? file = Find(handle, ino);
            if (file is null)
            {
                return null;
            }

            int slot = (int)((uint)handle - 1);
            slots[slot] = null;
            free.Push(slot);
            Count--;
            return file;
        }
    }
}
