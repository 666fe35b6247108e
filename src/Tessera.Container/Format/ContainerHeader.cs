using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Media;
using Tessera.Crypto;

namespace Tessera.Container.Format;

/// <summary>The first page of a container, kept twice and never rewritten (docs/format/container.md, Header).</summary>
public sealed record ContainerHeader(ContainerProfile Profile, SealAlgorithm Algorithm, PlacementKind Placement, Guid VolumeId, long CreatedSeconds)
{
    public const uint CurrentVersion = 1;
    private const int DigestOffset = Geometry.SlotSize - 32;

    private static ReadOnlySpan<byte> Magic => "TESSERA\0"u8;

    public void Encode(Span<byte> page)
    {
        page.Clear();
        Magic.CopyTo(page);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], CurrentVersion);
        page[12] = (byte)Profile;
        page[13] = (byte)Algorithm;
        page[14] = (byte)Placement;
        VolumeId.TryWriteBytes(page[40..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(page[56..], CreatedSeconds);
        WriteDigest(page);
    }

    /// <summary>Whether some copy of a header lies there whole, for everybody to read.</summary>
    internal static bool IsReadable(IMedium medium)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            try
            {
                medium.Read(Geometry.HeaderOffset(copy), page.Span);
                if (IsWhole(page.Span))
                {
                    return true;
                }
            }
            catch (MediumException)
            {
                // Too short, or unreadable there: the other copy may be whole.
            }
        }

        return false;
    }

    /// <summary>The digest at the end of a header's page, over the rest of it.</summary>
    internal static void WriteDigest(Span<byte> page) => SHA256.HashData(page[..DigestOffset], page.Slice(DigestOffset, SHA256.HashSizeInBytes));

    /// <summary>Reads the header from whichever copy is whole.</summary>
    /// <exception cref="ContainerFormatException">Neither copy can be used; the fault says why.</exception>
    public static ContainerHeader Read(IMedium medium, bool forWriting)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        bool looksLikeOne = false;
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            long offset = Geometry.HeaderOffset(copy);
            if (offset + Geometry.SlotSize > medium.Length)
            {
                continue;
            }

            try
            {
                medium.Read(offset, page.Span);
            }
            catch (MediumException) when (copy + 1 < Geometry.Copies)
            {
                continue; // The other copy is there for this.
            }

            looksLikeOne |= page.Span.StartsWith(Magic);
            if (TryDecode(page.Span, forWriting, out ContainerHeader? header))
            {
                return header!;
            }
        }

        throw looksLikeOne
            ? new ContainerFormatException(FormatFault.Damaged, "Both copies of the container's header are damaged.")
            : new ContainerFormatException(FormatFault.NotAVolume, "This is not a Tessera volume: no header was found.");
    }

    /// <summary>Whether a page is a header with the checksum it was written with.</summary>
    internal static bool IsWhole(ReadOnlySpan<byte> page)
    {
        Span<byte> digest = stackalloc byte[32];
        SHA256.HashData(page[..DigestOffset], digest);
        return page.StartsWith(Magic) && digest.SequenceEqual(page[DigestOffset..]);
    }

    private static bool TryDecode(ReadOnlySpan<byte> page, bool forWriting, out ContainerHeader? header)
    {
        header = null;
        if (!IsWhole(page))
        {
            return false;
        }

        uint version = BinaryPrimitives.ReadUInt32LittleEndian(page[8..]);
        ulong readOnlyFeatures = BinaryPrimitives.ReadUInt64LittleEndian(page[24..]);
        ulong incompatibleFeatures = BinaryPrimitives.ReadUInt64LittleEndian(page[32..]);
        bool known = page[12] <= (byte)ContainerProfile.Scattered && page[13] <= (byte)SealAlgorithm.ChaCha20Poly1305 && page[14] <= (byte)PlacementKind.Scattered;
        if (version != CurrentVersion || incompatibleFeatures != 0 || !known)
        {
            throw new ContainerFormatException(
                FormatFault.NewerFormat,
                $"This volume has format version {version} with features this program does not know (features {incompatibleFeatures:x}). Use a newer tessera.");
        }

        if (forWriting && readOnlyFeatures != 0)
        {
            throw new ContainerFormatException(
                FormatFault.NewerFormat,
                "This volume uses newer features that this program can only read. Mount it with --read-only, or use a newer tessera.");
        }

        header = new ContainerHeader(
            (ContainerProfile)page[12],
            (SealAlgorithm)page[13],
            (PlacementKind)page[14],
            new Guid(page.Slice(40, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(page[56..]));
        return true;
    }
}
