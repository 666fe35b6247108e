using System.Buffers.Binary;

namespace Tessera.Volumes.Acls;

/// <summary>One entry of an access control list: <c>struct posix_acl_xattr_entry</c> of linux/posix_acl_xattr.h, 8 bytes, little-endian.</summary>
/// <param name="Tag">Whom it is about.</param>
/// <param name="Rights">Read 4, write 2, execute 1.</param>
/// <param name="Id">Uid or gid of a <see cref="AclTag.User"/> or <see cref="AclTag.Group"/>; <see cref="NoId"/> in the others.</param>
internal readonly record struct AclEntry(AclTag Tag, uint Rights, uint Id)
{
    public const int Size = 8;
    public const uint NoId = uint.MaxValue;
    private const int RightsOffset = 2;
    private const int IdOffset = 4;

    public bool IsNamed => Tag is AclTag.User or AclTag.Group;

    public static AclEntry Decode(ReadOnlySpan<byte> entry) => new(
        (AclTag)BinaryPrimitives.ReadUInt16LittleEndian(entry),
        BinaryPrimitives.ReadUInt16LittleEndian(entry[RightsOffset..]),
        BinaryPrimitives.ReadUInt32LittleEndian(entry[IdOffset..]));

    public void Encode(Span<byte> entry)
    {
        BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)Tag);
        BinaryPrimitives.WriteUInt16LittleEndian(entry[RightsOffset..], (ushort)Rights);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[IdOffset..], Id);
    }
}
