using Tessera.Core.FileSystem;
using Tessera.Doors.Fuse;
using Tessera.Host.Daemon;
using Tessera.Host.Native;

namespace Tessera.Host.Locking;

/// <summary>The extended attribute of what is unlocked: set to "lock" it is locked again, by whoever has no tessera command at hand (docs/adr/0012-a-lock-is-a-volume.md).</summary>
internal sealed class LockAttribute(Action close)
{
    /// <summary>For the answer to go out: what cuts the mount off may not cut that.</summary>
    private static readonly TimeSpan s_answer = TimeSpan.FromMilliseconds(100);

    public const string Name = FuseDoorOptions.OwnPrefix + "lock";

    private static ReadOnlySpan<byte> Wanted => "lock"u8;

    /// <summary>Its value while it can be read at all.</summary>
    public static byte[] State => [.. "unlocked"u8];

    /// <summary>Whether a mount is that of an unlocked directory or file.</summary>
    public static bool IsOf(MountRequest request) => request.IsLockedFile || string.Equals(Path.GetFileName(request.VolumePath), LockedDirectory.FileName, StringComparison.Ordinal);

    /// <summary>Answers first: the mount, whose inode the kernel holds meanwhile, goes after that. Its owner may, and root.</summary>
    public FsError Set(in Caller caller, string name, ReadOnlySpan<byte> value)
    {
        if (name != Name)
        {
            return FsError.NotSupported;
        }

        if (caller.Uid != 0 && caller.Uid != Libc.GetEffectiveUserId())
        {
            return FsError.NotPermitted;
        }

        if (!value.SequenceEqual(Wanted))
        {
            return FsError.InvalidArgument;
        }

        _ = CloseAsync();
        return FsError.None;
    }

    private async Task CloseAsync()
    {
        await Task.Delay(s_answer);
        close();
    }
}
