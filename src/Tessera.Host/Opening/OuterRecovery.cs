using System.Globalization;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Crypto;
using Tessera.Doors.Fuse;
using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.Opening;

/// <summary>The recovery key pair of the volume that another one lies in, as the daemon of its mount tells it (docs/adr/0012-a-lock-is-a-volume.md, The outer recovery code).</summary>
/// <param name="Key">The pair; null when there is none to be had.</param>
/// <param name="Reason">Why not, as the rest of a sentence.</param>
internal sealed record OuterRecovery(SealedRecoveryKey? Key, string Reason)
{
    /// <summary>The extended attribute that tells it.</summary>
    public const string Attribute = FuseDoorOptions.OwnPrefix + "recovery";

    /// <summary>It is there, and cannot be read: who makes a lock should know before.</summary>
    public bool IsDamaged { get; init; }

    /// <summary>Asks the mount that a path lies in: one of root's or of the caller's own. Somebody else's could name a key of his.</summary>
    /// <param name="volume">Where the inner volume is, or is to be.</param>
    public static OuterRecovery Find(string volume)
    {
        string directory = Path.GetDirectoryName(MountPath.Canonical(volume)) ?? "/";
        if (MountTable.Read().Holding(directory) is not { IsTessera: true } entry || DirectorySource.Is(entry.Source) || RemoteSource.Is(entry.Source))
        {
            return None("it lies in no volume that is mounted here");
        }

        if (entry.DaemonUser is not { } user || (user != 0 && user != Libc.GetEffectiveUserId()))
        {
            return None("the volume that it lies in is mounted by another user");
        }

        int descriptor = Libc.Open(directory, Libc.O_PATH | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return None($"{directory} cannot be looked at: {Libc.Describe(Marshal.GetLastPInvokeError())}");
        }

        using var place = new SafeFileHandle(descriptor, ownsHandle: true);
        return FileIdentity.Of(place) is { } found && string.Equals(DeviceOf(found), entry.Device, StringComparison.Ordinal)
            ? Ask(descriptor)
            : None("what is mounted there has changed meanwhile");
    }

    /// <summary>As the mount table has it.</summary>
    private static string DeviceOf(FileIdentity found) => string.Create(CultureInfo.InvariantCulture, $"{found.DeviceMajor}:{found.DeviceMinor}");

    private static unsafe OuterRecovery Ask(int descriptor)
    {
        byte* value = stackalloc byte[SealedRecoveryKey.Size];
        nint length = Libc.GetXattr(string.Create(CultureInfo.InvariantCulture, $"/proc/self/fd/{descriptor}"), Attribute, value, SealedRecoveryKey.Size);
        if (length < 0)
        {
            int error = Marshal.GetLastPInvokeError();
            return error switch
            {
                Libc.ENODATA => None("the volume that it lies in has no recovery code"),
                Libc.EIO => None("the key slots of the volume that it lies in cannot be read") with { IsDamaged = true },
                Libc.EOPNOTSUPP => None("the daemon of the volume that it lies in is of an older version: unmount it, and mount it anew"),
                _ => None($"the daemon of the volume that it lies in does not say which that is: {Libc.Describe(error)}"),
            };
        }

        return SealedRecoveryKey.TryParse(new ReadOnlySpan<byte>(value, (int)length), out SealedRecoveryKey? key)
            ? new OuterRecovery(key, string.Empty)
            : None("the daemon of the volume that it lies in tells no key that this version knows");
    }

    private static OuterRecovery None(string reason) => new(Key: null, reason);
}
