using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.Container.Folders;

/// <summary>What a file of a folder says of itself (docs/format/folder.md, Stamps): its own state, and the last ones that it has everything of.</summary>
/// <param name="Marks">The file's own first.</param>
internal sealed record PartStamp(PartMark[] Marks)
{
    /// <summary>Its own, and what the two kept roots and the one that is being written may say.</summary>
    public const int MostMarks = 4;
    private const string Purpose = "tessera part";
    private const int HeadLength = ChainReference.SaltLength + Geometry.TagSize;
    private const int FixedLength = 8;

    public PartMark Own => Marks[0];

    public bool Has(PartMark mark) => Array.Exists(Marks, own => own == mark);

    public void Seal(SealingKeys keys, int part, Span<byte> stamp)
    {
        Span<byte> salt = stamp[..ChainReference.SaltLength];
        Span<byte> body = stamp[HeadLength..];
        RandomNumberGenerator.Fill(salt);
        body.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(body, part);
        BinaryPrimitives.WriteInt32LittleEndian(body[4..], Marks.Length);
        for (int i = 0; i < Marks.Length; i++)
        {
            Span<byte> at = body[(FixedLength + (i * PartMark.Size))..];
            BinaryPrimitives.WriteUInt64LittleEndian(at, Marks[i].Generation);
            BinaryPrimitives.WriteUInt64LittleEndian(at[sizeof(ulong)..], Marks[i].Id);
        }

        using UnitSealer sealer = keys.OneTime(salt, Purpose);
        sealer.Seal(0, keys.PartContext, body, body, stamp.Slice(ChainReference.SaltLength, Geometry.TagSize));
    }

    /// <summary>Null when it does not open, or is of another file.</summary>
    public static PartStamp? TryRead(IPartedMedium medium, SealingKeys keys, int part)
    {
        Span<byte> stamp = stackalloc byte[IPartedMedium.StampBytes];
        try
        {
            medium.ReadStamp(part, stamp);
        }
        catch (MediumException)
        {
            return null; // Unreadable is as good as damaged.
        }

        Span<byte> body = stamp[HeadLength..];
        using UnitSealer sealer = keys.OneTime(stamp[..ChainReference.SaltLength], Purpose);
        if (!sealer.TryOpen(0, keys.PartContext, body, stamp.Slice(ChainReference.SaltLength, Geometry.TagSize), body))
        {
            return null;
        }

        int count = BinaryPrimitives.ReadInt32LittleEndian(body[4..]);
        if (BinaryPrimitives.ReadInt32LittleEndian(body) != part || count is < 1 or > MostMarks)
        {
            return null;
        }

        var marks = new PartMark[count];
        for (int i = 0; i < count; i++)
        {
            ReadOnlySpan<byte> at = body[(FixedLength + (i * PartMark.Size))..];
            marks[i] = new PartMark(BinaryPrimitives.ReadUInt64LittleEndian(at), BinaryPrimitives.ReadUInt64LittleEndian(at[sizeof(ulong)..]));
        }

        return new PartStamp(marks);
    }
}
