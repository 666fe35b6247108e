using System.Buffers.Binary;

namespace Tessera.Differential;

/// <summary>Access control lists of acl(5) as their extended attributes hold them (linux/posix_acl_xattr.h): version 2, then tag, rights and id of each entry.</summary>
internal static class AccessLists
{
    public const string Access = "system.posix_acl_access";
    public const string Default = "system.posix_acl_default";

    private const int Owner = 1;
    private const int User = 2;
    private const int OwningGroup = 4;
    private const int Group = 8;
    private const int Mask = 16;
    private const int Other = 32;
    private const long NoId = uint.MaxValue;
    private const int HeaderSize = 4;
    private const int EntrySize = 8;

    private static readonly (int Tag, int Rights, long Id)[][] s_lists =
    [
        [(Owner, 7, NoId), (OwningGroup, 5, NoId), (Other, 0, NoId)],
        [(Owner, 6, NoId), (User, 7, 1000), (OwningGroup, 4, NoId), (Mask, 7, NoId), (Other, 0, NoId)],
        [(Owner, 7, NoId), (User, 0, 1000), (OwningGroup, 7, NoId), (Mask, 7, NoId), (Other, 7, NoId)],
        [(Owner, 7, NoId), (OwningGroup, 7, NoId), (Group, 6, 1000), (Group, 1, 2000), (Mask, 5, NoId), (Other, 4, NoId)],
        [(Owner, 7, NoId), (User, 7, 1000), (OwningGroup, 7, NoId), (Mask, 0, NoId), (Other, 7, NoId)],
        [(Owner, 7, NoId), (User, 7, 1000), (OwningGroup, 7, NoId), (Other, 7, NoId)], // Not valid: a named entry, and no mask.
    ];

    public static int Count => s_lists.Length;

    public static byte[] Bytes(int number)
    {
        (int Tag, int Rights, long Id)[] entries = s_lists[number];
        byte[] bytes = new byte[HeaderSize + (entries.Length * EntrySize)];
        bytes[0] = 2;
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = bytes.AsSpan(HeaderSize + (i * EntrySize));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, (ushort)entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)entries[i].Rights);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], (uint)entries[i].Id);
        }

        return bytes;
    }
}
