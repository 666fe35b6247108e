using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Container.Format;

namespace Tessera.Container.Parity;

/// <summary>How the slots of a container with parity lie on its medium (docs/format/parity.md, Layout).</summary>
/// <param name="Data">Data slots of a stripe.</param>
/// <param name="Parity">Parity slots of a stripe.</param>
/// <param name="FirstColumn">Slots of each column of the first segment.</param>
/// <param name="Column">Slots of each column of all the others.</param>
/// <param name="Key">What the places of slots follow from, <see cref="KeyLength"/> bytes; kept under the seal, and never changed.</param>
public sealed record StripeLayout(int Data, int Parity, long FirstColumn, long Column, ReadOnlyMemory<byte> Key)
{
    public const int KeyLength = 32;

    /// <summary>Bytes in the header.</summary>
    internal const int EncodedLength = 56;

    /// <summary>Most parity slots of a stripe.</summary>
    public const int MostParity = 4;

    /// <summary>Most slots of a stripe.</summary>
    internal const int MostFragments = 16 + MostParity;

    /// <summary>Slots that a column of a single file or a device is made longer by: 8 MiB.</summary>
    public const int GrowthColumn = 2048;

    /// <summary>Longest column: those of a medium of 2⁴⁰ slots with one each would be as long.</summary>
    private const long MostColumn = 1L << 40;
    private const int KeyAt = 24;

    public ParityShape Shape => new(Data, Parity);

    /// <summary>Slots of a stripe: a column for each.</summary>
    public int Width => Data + Parity;

    /// <summary>Bytes of the data of a stripe.</summary>
    public int StripeBytes => Data * Geometry.SlotSize;

    /// <summary>Copies of each slot of the log: as many as a loss of the parity's number leaves one of.</summary>
    public int Mirrors => Parity + 1;

    /// <summary>Slots of the log that one stripe has room for, each in <see cref="Mirrors"/> places.</summary>
    public int LogSlots => Width / Mirrors;

    /// <summary>Whether the numbers are ones that a stripe can have: a tree node fits into one, and it divides a group.</summary>
    public static bool IsSupported(int data, int parity) => data is 8 or 16 && parity is >= 1 and <= MostParity;

    /// <summary>The layout of a new container on a medium of so many bytes.</summary>
    /// <param name="data">Data slots of a stripe.</param>
    /// <param name="parity">Parity slots.</param>
    /// <param name="mediumBytes">The medium's length.</param>
    /// <param name="fileBytes">Of a folder: the part of each file that is the medium's; 0: it is one thing.</param>
    public static StripeLayout Create(int data, int parity, long mediumBytes, long fileBytes)
    {
        if (!IsSupported(data, parity))
        {
            throw new ArgumentException($"Parity is 8+1 to 16+{MostParity}: 8 or 16 data slots, and 1 to {MostParity} of parity.", nameof(data));
        }

        long column = fileBytes == 0 ? GrowthColumn : fileBytes / Geometry.SlotSize;
        long first = fileBytes == 0 ? mediumBytes / Geometry.SlotSize / (data + parity) : column;
        return new StripeLayout(data, parity, first, column, RandomNumberGenerator.GetBytes(KeyLength));
    }

    /// <summary>Bytes that the container has of a medium of this length: of whole segments their data.</summary>
    public long LengthOn(long mediumBytes)
    {
        long rows = mediumBytes / Geometry.SlotSize / Width;
        return rows < FirstColumn ? 0 : (FirstColumn + ((rows - FirstColumn) / Column * Column)) * StripeBytes;
    }

    /// <summary>Bytes of medium that a container of this length needs: the other way round, to whole segments.</summary>
    public long MediumFor(long length)
    {
        long stripes = (length + StripeBytes - 1) / StripeBytes;
        long more = Math.Max(0, stripes - FirstColumn);
        return (FirstColumn + ((more + Column - 1) / Column * Column)) * Width * Geometry.SlotSize;
    }

    internal void Encode(Span<byte> target)
    {
        target[0] = (byte)Data;
        target[1] = (byte)Parity;
        BinaryPrimitives.WriteInt64LittleEndian(target[8..], FirstColumn);
        BinaryPrimitives.WriteInt64LittleEndian(target[16..], Column);
        Key.Span.CopyTo(target[KeyAt..]);
    }

    /// <summary>Null when it makes no sense.</summary>
    internal static StripeLayout? Decode(ReadOnlySpan<byte> source)
    {
        long first = BinaryPrimitives.ReadInt64LittleEndian(source[8..]);
        long column = BinaryPrimitives.ReadInt64LittleEndian(source[16..]);
        return IsSupported(source[0], source[1]) && first is > 0 and < MostColumn && column is > 0 and < MostColumn
            ? new StripeLayout(source[0], source[1], first, column, source.Slice(KeyAt, KeyLength).ToArray())
            : null;
    }
}
