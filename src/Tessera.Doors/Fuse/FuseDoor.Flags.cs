using System.Buffers.Binary;
using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <summary>What chattr(1) and lsattr(1) ask, generations (lsattr -v) included: the kernel hands file attributes on as ioctls (linux/fs.h).</summary>
public sealed partial class FuseDoor
{
    private const uint GetFlags = 0x80086601;
    private const uint SetFlags = 0x40086602;
    private const uint GetVersion = 0x80087601;
    private const uint GetExtended = 0x801C581F;
    private const uint SetExtended = 0x401C5820;

    /// <summary>struct fsxattr: flags u32, then extent size, extents, project and 12 more bytes.</summary>
    private const int ExtendedLength = 28;
    private const InodeFlags SettableFlags = InodeFlags.Immutable | InodeFlags.AppendOnly | InodeFlags.NoDump | InodeFlags.NoAccessTime;

    /// <summary>FS_XFLAG_* beside the FS_*_FL they stand for.</summary>
    private static readonly (uint Extended, InodeFlags Flag)[] s_extendedFlags =
        [(0x08, InodeFlags.Immutable), (0x10, InodeFlags.AppendOnly), (0x40, InodeFlags.NoAccessTime), (0x80, InodeFlags.NoDump)];

    public override ValueTask<FuseResult<FuseIoctlResult>> Ioctl(
        FuseRequest request, IoctlArguments arguments, ReadOnlyMemory<byte> input, Memory<byte> output) => arguments.Command switch
        {
            GetFlags when output.Length >= sizeof(uint) => Tell(request, output, static inode => (uint)inode.Flags, sizeof(uint)),
            GetVersion when output.Length >= sizeof(ulong) => Tell(request, output, static inode => (uint)inode.Generation, sizeof(ulong)),
            GetExtended when output.Length >= ExtendedLength => Tell(request, output, static inode => ToExtended(inode.Flags), ExtendedLength),
            SetFlags when input.Length >= sizeof(uint) => ChangeFlags(request, BinaryPrimitives.ReadUInt32LittleEndian(input.Span)),
            SetExtended when input.Length >= ExtendedLength => ChangeFlags(request, FromExtended(input.Span)),
            _ => new(Errno.ENOTTY),
        };

    private async ValueTask<FuseResult<FuseIoctlResult>> Tell(FuseRequest request, Memory<byte> output, Func<InodeAttributes, uint> convert, int length)
    {
        FsResult<InodeAttributes> result = await files.GetAttributesAsync(CallerOf(request), request.NodeId);
        if (!result.Ok)
        {
            return (Errno)result.Error;
        }

        output.Span[..length].Clear();
        BinaryPrimitives.WriteUInt32LittleEndian(output.Span, convert(result.Value));
        return new FuseIoctlResult(0, length);
    }

    private async ValueTask<FuseResult<FuseIoctlResult>> ChangeFlags(FuseRequest request, uint? flags)
    {
        if (flags is not { } wanted || ((InodeFlags)wanted & ~SettableFlags) != InodeFlags.None)
        {
            return Errno.EOPNOTSUPP;
        }

        var changes = new AttributeChanges { Mask = AttributeMask.Flags, Flags = (InodeFlags)wanted };
        FsResult<InodeAttributes> result = await files.SetAttributesAsync(CallerOf(request), request.NodeId, changes);
        if (!result.Ok)
        {
            return (Errno)result.Error;
        }

        // The kernel does not know that an ioctl changed the change time, and would tell the old one for as long as it may keep attributes.
        // Of attributes alone (a negative offset) it takes no lock that this request's caller holds (Linux 6.18, fuse_reverse_inval_inode()).
        _ = Notifier?.InvalidateInode(request.NodeId, offset: -1);
        return new FuseIoctlResult(0, 0);
    }

    private static uint ToExtended(InodeFlags flags) =>
        s_extendedFlags.Where(pair => flags.HasFlag(pair.Flag)).Aggregate(0u, (sum, pair) => sum | pair.Extended);

    /// <summary>Null: a flag, a project or an extent size that is not kept here.</summary>
    private static uint? FromExtended(ReadOnlySpan<byte> attributes)
    {
        uint extended = BinaryPrimitives.ReadUInt32LittleEndian(attributes);
        uint known = s_extendedFlags.Aggregate(0u, (sum, pair) => sum | pair.Extended);
        bool isPlain = (extended & ~known) == 0 && !attributes[sizeof(uint)..ExtendedLength].ContainsAnyExcept((byte)0);
        return isPlain ? (uint)s_extendedFlags.Where(pair => (extended & pair.Extended) != 0).Aggregate(InodeFlags.None, (sum, pair) => sum | pair.Flag) : null;
    }
}
