using System.Buffers.Binary;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>An access control list of acl(5), in the form of its extended attribute (linux/posix_acl_xattr.h): version 2, then entries of tag, rights and id.</summary>
internal sealed class AccessList
{
    public const string Access = "system.posix_acl_access";
    public const string Default = "system.posix_acl_default";

    private const ushort OwnerTag = 1;
    private const ushort UserTag = 2;
    private const ushort OwningGroupTag = 4;
    private const ushort GroupTag = 8;
    private const ushort MaskTag = 16;
    private const ushort OtherTag = 32;
    private const uint NoId = uint.MaxValue;
    private const int HeaderSize = 4;
    private const int EntrySize = 8;

    private readonly List<(ushort Tag, ushort Rights, uint Id)> _entries;

    /// <summary>With the three entries that a mode has: 4 read, 2 write, 1 execute.</summary>
    public AccessList(ushort owner, ushort group, ushort other) =>
        _entries = [(OwnerTag, owner, NoId), (OwningGroupTag, group, NoId), (OtherTag, other, NoId)];

    private AccessList(IEnumerable<(ushort Tag, ushort Rights, uint Id)> entries) => _entries = [.. entries];

    public AccessList User(uint uid, ushort rights) => With(UserTag, rights, uid);

    public AccessList Group(uint gid, ushort rights) => With(GroupTag, rights, gid);

    public AccessList Mask(ushort rights) => With(MaskTag, rights, NoId);

    /// <summary>Without the entry that names nobody of this tag: not valid.</summary>
    public AccessList WithoutOther() => new(_entries.Where(entry => entry.Tag != OtherTag));

    public void SetOn(string path, string attribute = Access) => Kernel.SetXattr(path, attribute, Bytes());

    /// <summary>The list of a file as text, "u::6 u:1001:4 g::4 m::6 o::4".</summary>
    public static string Of(string path, string attribute = Access)
    {
        byte[] bytes = Kernel.GetXattr(path, attribute);
        return string.Join(' ', Enumerable.Range(0, (bytes.Length - HeaderSize) / EntrySize).Select(index => Text(bytes.AsSpan(HeaderSize + (index * EntrySize), EntrySize))));
    }

    public byte[] Bytes()
    {
        byte[] bytes = new byte[HeaderSize + (EntrySize * _entries.Count)];
        BinaryPrimitives.WriteUInt32LittleEndian(bytes, 2);
        Span<byte> rest = bytes.AsSpan(HeaderSize);
        foreach ((ushort tag, ushort rights, uint id) in _entries.OrderBy(entry => entry.Tag).ThenBy(entry => entry.Id))
        {
            BinaryPrimitives.WriteUInt16LittleEndian(rest, tag);
            BinaryPrimitives.WriteUInt16LittleEndian(rest[2..], rights);
            BinaryPrimitives.WriteUInt32LittleEndian(rest[4..], id);
            rest = rest[EntrySize..];
        }

        return bytes;
    }

    private static string Text(ReadOnlySpan<byte> entry)
    {
        ushort tag = BinaryPrimitives.ReadUInt16LittleEndian(entry);
        string letter = tag switch
        {
            OwnerTag or UserTag => "u",
            OwningGroupTag or GroupTag => "g",
            MaskTag => "m",
            _ => "o",
        };
        string id = tag is UserTag or GroupTag ? $"{BinaryPrimitives.ReadUInt32LittleEndian(entry[4..])}" : "";
        return $"{letter}:{id}:{BinaryPrimitives.ReadUInt16LittleEndian(entry[2..])}";
    }

    private AccessList With(ushort tag, ushort rights, uint id)
    {
        _entries.Add((tag, rights, id));
        return this;
    }
}
