using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;

namespace Tessera.HostFiles;

/// <summary>While it lasts, what the calling thread makes belongs to the caller and has his umask: as if he had made it himself.</summary>
/// <remarks>Of a daemon run by root. The thread keeps its capabilities (SECBIT_NO_SETUID_FIXUP of capabilities(7)), because the kernel has checked what
/// the caller may do, with groups of his that the daemon is not told of. Ids and umask are of the thread alone: unshare(CLONE_FS), setfsuid(2).</remarks>
internal readonly ref struct CallerScope
{
    private const uint Unset = uint.MaxValue;

    [ThreadStatic]
    private static bool isPrepared;

    [ThreadStatic]
    private static uint currentMask;

    private readonly uint user;
    private readonly uint group;

    private CallerScope(uint user, uint group)
    {
        this.user = user;
        this.group = group;
    }

    /// <param name="caller">Whose file it is to be.</param>
    /// <param name="asCaller">The daemon may act for others; otherwise only the umask is the caller's.</param>
    /// <exception cref="IOException">This system lets no thread have ids or a umask of its own: EIO at the door.</exception>
    public static CallerScope Enter(in Caller caller, bool asCaller)
    {
        Prepare(asCaller);
        uint mask = caller.Umask & ModeBits.RightsMask;
        if (currentMask != mask)
        {
            _ = Libc.SetCreationMask(mask);
            currentMask = mask;
        }

        if (!asCaller || caller.IsUnknown || (caller.Uid == 0 && caller.Gid == 0))
        {
            return new CallerScope(Unset, Unset);
        }

        return new CallerScope((uint)Libc.SetFileSystemUser(caller.Uid), (uint)Libc.SetFileSystemGroup(caller.Gid));
    }

    public void Dispose()
    {
        if (user != Unset)
        {
            _ = Libc.SetFileSystemUser(user);
            _ = Libc.SetFileSystemGroup(group);
        }
    }

    private static void Prepare(bool asCaller)
    {
        if (isPrepared)
        {
            return;
        }

        int bits = asCaller ? Libc.ProcessControl(Flag.GetSecureBits, 0, 0, 0, 0) : 0;
        if (Libc.Unshare(Flag.CloneFileSystem) != 0
            || (asCaller && (bits < 0 || Libc.ProcessControl(Flag.SetSecureBits, (nuint)(bits | Flag.NoSetUidFixup), 0, 0, 0) != 0)))
        {
            throw new IOException($"A thread cannot be given ids and a umask of its own (errno {Libc.LastError}).");
        }

        currentMask = Unset;
        isPrepared = true;
    }
}
