using System.Buffers.Binary;

namespace Tessera.Testing.Models;

/// <summary>An access control list with one named user, in the form of its extended attribute (linux/posix_acl_xattr.h).</summary>
/// <param name="Owner">Rights of the owner, as those of the others: read 4, write 2, execute 1.</param>
/// <param name="Named">Rights of the named user.</param>
/// <param name="Group">Rights of the owning group.</param>
/// <param name="Mask">The most that the named user and the group may do; chmod(2) changes it in place of the group's rights.</param>
/// <param name="Other">Rights of everybody else.</param>
public sealed record AccessList(uint Owner, uint Named, uint Group, uint Mask, uint Other)
{
    public const string AttributeName = "system.posix_acl_access";
    private const uint NamedUser = 1000;
    private const int EntrySize = 8;

    /// <summary>The mode bits that go with the list.</summary>
    public uint Rights => (Owner << 6) | (Mask << 3) | Other;

    public AccessList WithRights(uint mode) => this with { Owner = (mode >> 6) & 7, Mask = (mode >> 3) & 7, Other = mode & 7 };

    public byte[] Encode()
    {
        (ushort Tag, uint Rights, uint Id)[] entries =
            [(1, Owner, uint.MaxValue), (2, Named, NamedUser), (4, Group, uint.MaxValue), (16, Mask, uint.MaxValue), (32, Other, uint.MaxValue)];
        byte[] value = new byte[sizeof(uint) + (entries.Length * EntrySize)];
        BinaryPrimitives.WriteUInt32LittleEndian(value, 2);
        for (int i = 0; i < entries.Length; i++)
        {
            Span<byte> entry = value.AsSpan(sizeof(uint) + (i * EntrySize));
            BinaryPrimitives.WriteUInt16LittleEndian(entry, entries[i].Tag);
            BinaryPrimitives.WriteUInt16LittleEndian(entry[2..], (ushort)entries[i].Rights);
            BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], entries[i].Id);
        }

        return value;
    }
}
