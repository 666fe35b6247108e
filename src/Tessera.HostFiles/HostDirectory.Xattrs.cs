using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <content>Extended attributes, access control lists among them: the host's own, in its own encoding.</content>
public sealed unsafe partial class HostDirectory
{
    public ValueTask<FsError> SetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, XattrFlags flags)
    {
        if (!TryPinForChange(ino, out Pin pin, out FsError error))
        {
            return new(error);
        }

        var path = new DescriptorPath(pin.Number);
        var key = new NameBuffer(name.Span);
        using (pin)
        fixed (byte* content = value.Span)
        {
            error = Host.Outcome(Libc.SetXattr(
                (byte*)&path, (byte*)&key, content, (nuint)value.Length, (int)(flags & (XattrFlags.Create | XattrFlags.Replace))));
            if (error == FsError.None && flags.HasFlag(XattrFlags.KillSetGid))
            {
                ClearSetGid(pin.Number);
            }

            return new(error);
        }
    }

    public ValueTask<FsResult<int>> GetXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name, Memory<byte> destination)
    {
        if (!TryPin(ino, out _, out Pin pin, out FsError error))
        {
            return new(error);
        }

        var path = new DescriptorPath(pin.Number);
        var key = new NameBuffer(name.Span);
        using (pin)
        fixed (byte* value = destination.Span)
        {
            return new(Length(Libc.GetXattr((byte*)&path, (byte*)&key, value, (nuint)destination.Length)));
        }
    }

    public ValueTask<FsResult<int>> ListXattrsAsync(Caller caller, ulong ino, Memory<byte> destination)
    {
        if (!TryPin(ino, out _, out Pin pin, out FsError error))
        {
            return new(error);
        }

        var path = new DescriptorPath(pin.Number);
        using (pin)
        fixed (byte* names = destination.Span)
        {
            FsResult<int> length = Length(Libc.ListXattrs((byte*)&path, names, (nuint)destination.Length));
            return new(length.Ok && caller.Uid != 0 ? WithoutTrusted(destination.Span, length.Value) : length);
        }
    }

    public ValueTask<FsError> RemoveXattrAsync(Caller caller, ulong ino, ReadOnlyMemory<byte> name)
    {
        if (!TryPinForChange(ino, out Pin pin, out FsError error))
        {
            return new(error);
        }

        var path = new DescriptorPath(pin.Number);
        var key = new NameBuffer(name.Span);
        using (pin)
        {
            return new(Host.Outcome(Libc.RemoveXattr((byte*)&path, (byte*)&key)));
        }
    }

    private bool TryPinForChange(ulong ino, out Pin pin, out FsError error)
    {
        if (options.ReadOnly)
        {
            pin = default;
            error = FsError.ReadOnly;
            return false;
        }

        Blocking.Announce();
        return TryPin(ino, out _, out pin, out error);
    }

    private static FsResult<int> Length(nint length) => length >= 0 ? (int)length : (FsError)Libc.LastError;

    /// <summary>trusted.* are not even seen by others than root (xattr(7)). A length asked for without a buffer may be too long by them: as the manual allows.</summary>
    private static int WithoutTrusted(Span<byte> names, int length)
    {
        int kept = 0;
        int at = 0;
        while (at < length && at < names.Length)
        {
            int end = at + names[at..length].IndexOf((byte)0) + 1;
            if (!names[at..end].StartsWith("trusted."u8))
            {
                names[at..end].CopyTo(names[kept..]);
                kept += end - at;
            }

            at = end;
        }

        return names.IsEmpty ? length : kept;
    }

    private static void ClearSetGid(int descriptor)
    {
        if (Host.Stat(descriptor, out Statx stat) == 0 && (stat.Mode & ModeBits.SetGid) != 0)
        {
            var path = new DescriptorPath(descriptor);
            _ = Libc.ChangeMode((byte*)&path, stat.Mode & ModeBits.PermissionMask & ~ModeBits.SetGid);
        }
    }
}
