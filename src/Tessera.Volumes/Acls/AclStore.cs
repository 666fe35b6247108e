using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Volumes.Files;
using Tessera.Volumes.Inodes;

namespace Tessera.Volumes.Acls;

/// <summary>Access control lists in the store: extended attributes under the names that Linux gives them, and a mark in the inode's record.
/// Callers hold the inode's lock.</summary>
internal sealed class AclStore(ContentServices services)
{
    private static readonly byte[] AccessName = "system.posix_acl_access"u8.ToArray();
    private static readonly byte[] DefaultName = "system.posix_acl_default"u8.ToArray();
    private readonly XattrStore xattrs = new(services);

    /// <summary>Which list an extended attribute is; null when it is none.</summary>
    public static AclKind? KindOf(ReadOnlySpan<byte> name) =>
        name.SequenceEqual(AccessName) ? AclKind.Access
        : name.SequenceEqual(DefaultName) ? AclKind.Default
        : null;

    public static byte[] NameOf(AclKind kind) => kind == AclKind.Access ? AccessName : DefaultName;

    public static InodeMarks MarkOf(AclKind kind) => kind == AclKind.Access ? InodeMarks.HasAccessAcl : InodeMarks.HasDefaultAcl;

    /// <summary>A list whose mark the inode has.</summary>
    /// <exception cref="StoreDamageException">It is not there, or is none.</exception>
    public async ValueTask<byte[]> ReadAsync(ulong ino, AclKind kind)
    {
        StoreScratch scratch = services.Scratch.Rent();
        try
        {
            int length = await xattrs.GetAsync(ino, NameOf(kind), scratch.Value.AsMemory(0, Acl.MaxSize));
            bool isList = length > Acl.HeaderSize && length <= Acl.MaxSize && Acl.Check(scratch.Value.AsSpan(0, length)) == FsError.None;
            return isList ? scratch.Value.AsSpan(0, length).ToArray()
                : throw new StoreDamageException($"The {(kind == AclKind.Access ? "access" : "default")} ACL of inode {ino} is gone, or none.");
        }
        finally
        {
            services.Scratch.Return(scratch);
        }
    }

    /// <summary>Puts a list, in one chunk, and its mark.</summary>
    public static void Put(StoreBatch batch, ulong ino, AclKind kind, ReadOnlySpan<byte> list, ref InodeRecord record)
    {
        XattrStore.Put(batch, ino, NameOf(kind), list, oldLength: -1);
        record.Marks |= InodeMarks.HasXattrs | MarkOf(kind);
    }

    /// <summary>Deletes a list and its mark.</summary>
    public static void Delete(StoreBatch batch, ulong ino, AclKind kind, ref InodeRecord record)
    {
        XattrStore.Delete(batch, ino, NameOf(kind), oldLength: 1);
        record.Marks &= ~MarkOf(kind);
    }
}
