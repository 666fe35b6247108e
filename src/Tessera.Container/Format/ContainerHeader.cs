using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Crypto;

namespace Tessera.Container.Format;

/// <summary>The first page of a container, kept twice and never rewritten (docs/format/container.md, Header).</summary>
public sealed record ContainerHeader(ContainerProfile Profile, SealAlgorithm Algorithm, PlacementKind Placement, Guid VolumeId, long CreatedSeconds)
{
    public const uint CurrentVersion = 1;

    /// <summary>Bit of the incompatible features: <see cref="FixedPlaces.Small"/>.</summary>
    private const ulong SmallFeature = 1;

    /// <summary>Bit of the incompatible features: <see cref="Stripes"/>.</summary>
    private const ulong ParityFeature = 2;
    private const int StripesOffset = 64;
    private const int DigestOffset = Geometry.SlotSize - 32;

    /// <summary>Where a header may lie, copy A first. Only an ordinary one counts at the second place and only a small one at the third (docs/format/container.md,
    /// Small containers).</summary>
    private static readonly long[] Candidates = [FixedPlaces.Ordinary.HeaderOffset(0), FixedPlaces.Ordinary.HeaderOffset(1), FixedPlaces.Small.HeaderOffset(1)];

    /// <summary>Where its copies, and those of what goes with it, lie.</summary>
    public FixedPlaces Places { get; init; }

    /// <summary>The stripes of a container with parity; null of others.</summary>
    public StripeLayout? Stripes { get; init; }

    /// <summary>Slots of a stripe; 1 where there are none.</summary>
    internal int StripeSlots => Stripes?.Data ?? 1;

    private static ReadOnlySpan<byte> Magic => "TESSERA\0"u8;

    public void Encode(Span<byte> page)
    {
        page.Clear();
        Magic.CopyTo(page);
        BinaryPrimitives.WriteUInt32LittleEndian(page[8..], CurrentVersion);
        page[12] = (byte)Profile;
        page[13] = (byte)Algorithm;
        page[14] = (byte)Placement;
        BinaryPrimitives.WriteUInt64LittleEndian(page[32..], (Places.IsSmall ? SmallFeature : 0) | (Stripes is null ? 0 : ParityFeature));
        VolumeId.TryWriteBytes(page[40..], bigEndian: true, out _);
        BinaryPrimitives.WriteInt64LittleEndian(page[56..], CreatedSeconds);
        Stripes?.Encode(page[StripesOffset..]);
        WriteDigest(page);
    }

    /// <summary>Whether some copy of a header lies there whole, for everybody to read.</summary>
    internal static bool IsReadable(IMedium medium) => Find(medium) is not null;

    /// <summary>The places of the first whole copy of a header; null when there is none.</summary>
    internal static FixedPlaces? Find(IMedium medium)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int candidate = 0; candidate < Candidates.Length; candidate++)
        {
            try
            {
                medium.Read(Candidates[candidate], page.Span);
                if (IsWhole(page.Span) && MayLieAt(candidate, page.Span))
                {
                    return PlacesOf(page.Span);
                }
            }
            catch (MediumException)
            {
                // Too short, or unreadable there: another copy may be whole.
            }
        }

        return null;
    }

    /// <summary>The digest at the end of a header's page, over the rest of it.</summary>
    internal static void WriteDigest(Span<byte> page) => SHA256.HashData(page[..DigestOffset], page.Slice(DigestOffset, SHA256.HashSizeInBytes));

    /// <summary>Reads the header from whichever copy is whole.</summary>
    /// <exception cref="ContainerFormatException">Neither copy can be used; the fault says why.</exception>
    public static ContainerHeader Read(IMedium medium, bool forWriting)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        bool looksLikeOne = false;
        MediumException? unreadable = null;
        for (int candidate = 0; candidate < Candidates.Length; candidate++)
        {
            if (Candidates[candidate] + Geometry.SlotSize > medium.Length)
            {
                continue;
            }

            try
            {
                medium.Read(Candidates[candidate], page.Span);
            }
            catch (MediumException failure)
            {
                unreadable = failure; // The other copy is there for this.
                continue;
            }

            looksLikeOne |= page.Span.StartsWith(Magic);
            if (MayLieAt(candidate, page.Span) && TryDecode(page.Span, forWriting, out ContainerHeader? header))
            {
                return header!;
            }
        }

        throw unreadable is not null ? unreadable : looksLikeOne
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

    private static bool MayLieAt(int candidate, ReadOnlySpan<byte> page) => candidate == 0 || PlacesOf(page).HeaderOffset(1) == Candidates[candidate];

    private static FixedPlaces PlacesOf(ReadOnlySpan<byte> page) => new((BinaryPrimitives.ReadUInt64LittleEndian(page[32..]) & SmallFeature) != 0);

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
        bool known = page[12] <= (byte)ContainerProfile.Scattered && page[13] <= (byte)SealAlgorithm.ChaCha20Poly1305 && page[14] <= (byte)PlacementKind.Scattered
            && !(PlacesOf(page).IsSmall && page[12] == (byte)ContainerProfile.Scattered);
        if (version != CurrentVersion || (incompatibleFeatures & ~(SmallFeature | ParityFeature)) != 0 || !known)
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

        bool hasParity = (incompatibleFeatures & ParityFeature) != 0;
        StripeLayout? stripes = hasParity ? StripeLayout.Decode(page[StripesOffset..]) : null;
        if (hasParity && (stripes is null || page[12] != (byte)ContainerProfile.Scattered || page[14] != (byte)PlacementKind.Scattered))
        {
            throw new ContainerFormatException(FormatFault.NewerFormat, "This volume has stripes of a kind this program does not know. Use a newer tessera.");
        }

        header = new ContainerHeader(
            (ContainerProfile)page[12],
            (SealAlgorithm)page[13],
            (PlacementKind)page[14],
            new Guid(page.Slice(40, 16), bigEndian: true),
            BinaryPrimitives.ReadInt64LittleEndian(page[56..]))
        {
            Places = PlacesOf(page),
            Stripes = stripes,
        };
        return true;
    }
}
