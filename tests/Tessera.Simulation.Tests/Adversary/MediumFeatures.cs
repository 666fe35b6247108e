using System.Buffers.Binary;
using System.IO.Compression;
using System.Numerics;
using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Format;
using Tessera.Container.Parity;
using Tessera.Crypto;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What a thief measures on one copy of a medium: numbers with names. He knows the format, and where its fixed slots lie. Times of the file are not among
/// them: a copy has its own, and those of the original are another test's (docs/format/scattered.md, Times).</summary>
internal sealed class MediumFeatures
{
    public const string AlikeHeads = "slots that begin alike";

    /// <summary>Equal ones are among them: the factor is 1.</summary>
    public const string Multiples = "slots that are multiples of others";
    private const int Slot = Geometry.SlotSize;
    private const int SeekHole = 4;

    /// <summary>Chi-square of 256 byte values, 255 degrees of freedom, that one random slot in a thousand exceeds.</summary>
    private const double Unlike = 330;
    private const int Sample = 1 << 20;
    private readonly List<(string Name, double Value)> _values = [];
    private readonly byte[] _bytes;
    private readonly int _stride;

    private MediumFeatures(string path, int stride)
    {
        _bytes = File.ReadAllBytes(path);
        _stride = stride;
        Add("length", _bytes.Length);
        using SafeFileHandle file = File.OpenHandle(path);
        Add("first hole", Seek(file, 0, SeekHole));
    }

    /// <summary>All measurements, in an order that is the same for every medium.</summary>
    /// <param name="path">The copy.</param>
    /// <param name="stride">Of so many slots one has its byte values counted.</param>
    public static IReadOnlyList<(string Name, double Value)> Of(string path, int stride)
    {
        var features = new MediumFeatures(path, stride);
        features.MeasureBits();
        features.MeasureSlots();
        features.MeasureRepeats();
        features.MeasureCompression();
        features.MeasureFixedSlots();
        return features._values;
    }

    [DllImport("libc", EntryPoint = "lseek")]
    private static extern long Seek(SafeFileHandle file, long offset, int whence);

    private void Add(string name, double value) => _values.Add((name, value));

    private void MeasureBits()
    {
        long bits = 0;
        foreach (ulong word in MemoryMarshal.Cast<byte, ulong>(_bytes))
        {
            bits += BitOperations.PopCount(word);
        }

        Add("bits set", bits);
        Add("zero bytes", _bytes.AsSpan().Count((byte)0));
        int runs = 0;
        ReadOnlySpan<byte> rest = _bytes;
        ReadOnlySpan<byte> zeros = stackalloc byte[sizeof(ulong)];
        for (int at = rest.IndexOf(zeros); at >= 0; at = rest.IndexOf(zeros))
        {
            runs++;
            rest = rest[Math.Min(rest.Length, at + Slot)..];
        }

        Add("places with eight zeros", runs);
    }

    /// <summary>How far each slot's byte values are from even, where the uneven ones lie, and how far apart.</summary>
    private void MeasureSlots()
    {
        Span<int> counts = stackalloc int[256];
        double sum = 0;
        double most = 0;
        int unlike = 0;
        int last = -1;
        int measured = 0;
        double distances = 0;
        for (int slot = 0; slot < _bytes.Length / Slot; slot += _stride)
        {
            double chi = ChiSquare(_bytes.AsSpan(slot * Slot, Slot), counts);
            sum += chi;
            most = Math.Max(most, chi);
            measured++;
            if (chi > Unlike)
            {
                distances += last >= 0 ? slot - last : 0;
                unlike++;
                last = slot;
            }
        }

        Add("mean chi-square of slots", sum / measured);
        Add("largest chi-square of a slot", most);
        Add("unlike slots", unlike);
        Add("last unlike slot", last);
        Add("mean distance of unlike slots", unlike > 1 ? distances / (unlike - 1) : 0);
    }

    private static double ChiSquare(ReadOnlySpan<byte> slot, Span<int> counts)
    {
        const double Expected = Slot / 256.0;
        counts.Clear();
        foreach (byte value in slot)
        {
            counts[value]++;
        }

        double chi = 0;
        foreach (int count in counts)
        {
            chi += (count - Expected) * (count - Expected) / Expected;
        }

        return chi;
    }

    /// <summary>Slots that begin or end alike, and those that begin as a multiple of another in the field that parity is made in.</summary>
    private void MeasureRepeats()
    {
        var heads = new HashSet<UInt128>();
        var tails = new HashSet<UInt128>();
        int equalHeads = 0;
        int equalTails = 0;
        var lines = new HashSet<UInt128>();
        int multiples = 0;
        for (int at = 0; at < _bytes.Length; at += Slot)
        {
            equalHeads += heads.Add(BinaryPrimitives.ReadUInt128LittleEndian(_bytes.AsSpan(at))) ? 0 : 1;
            equalTails += tails.Add(BinaryPrimitives.ReadUInt128LittleEndian(_bytes.AsSpan(at + Slot - 16))) ? 0 : 1;
            multiples += lines.Add(LineOf(_bytes.AsSpan(at, 16))) ? 0 : 1;
        }

        Add(AlikeHeads, equalHeads);
        Add("slots that end alike", equalTails);
        Add(Multiples, multiples);
    }

    /// <summary>The same for all multiples: the one that begins with 1.</summary>
    private static UInt128 LineOf(ReadOnlySpan<byte> head)
    {
        Span<byte> one = stackalloc byte[16];
        one.Clear();
        int first = head.IndexOfAnyExcept((byte)0);
        if (first >= 0)
        {
            GaloisField.AddProduct(GaloisField.Inverse(head[first]), head, one);
        }

        return BinaryPrimitives.ReadUInt128LittleEndian(one);
    }

    /// <summary>Of the beginning, and of slots from everywhere.</summary>
    private void MeasureCompression()
    {
        Add("compressed beginning", Compressed(_bytes.AsSpan(0, Sample)));
        byte[] spread = new byte[Sample];
        int step = _bytes.Length / Sample * Slot;
        for (int i = 0; i < Sample / Slot; i++)
        {
            _bytes.AsSpan(i * step, Slot).CopyTo(spread.AsSpan(i * Slot));
        }

        Add("compressed slots", Compressed(spread));
    }

    private static long Compressed(ReadOnlySpan<byte> bytes)
    {
        using var target = new MemoryStream();
        using (var zlib = new ZLibStream(target, CompressionLevel.Fastest, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        return target.Length;
    }

    /// <summary>The first and the last number of every slot at a fixed place: where a counter or a magic would be.</summary>
    private void MeasureFixedSlots()
    {
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            for (int slot = 0; slot < Geometry.FixedSlots; slot++)
            {
                int at = (int)FixedPlaces.Ordinary.HeaderOffset(copy) + (slot * Slot);
                Add($"number at the head of fixed slot {slot} of copy {copy}", Logarithm(at));
                Add($"number at the end of fixed slot {slot} of copy {copy}", Logarithm(at + Slot - sizeof(ulong)));
            }
        }

        const int KeySlotBytes = (HiddenSlots.Size - KeyDerivation.SaltSize) / KeyHeader.SlotCount;
        for (int slot = 0; slot < KeyHeader.SlotCount * Geometry.Copies; slot++)
        {
            (int copy, int number) = Math.DivRem(slot, KeyHeader.SlotCount);
            int at = (int)FixedPlaces.Ordinary.HeaderOffset(copy) + KeyDerivation.SaltSize + (number * KeySlotBytes);
            Add($"bits set in key slot {number} of copy {copy}", _bytes.AsSpan(at, KeySlotBytes).ToArray().Sum(static value => BitOperations.PopCount(value)));
        }

        Add("magic", _bytes.AsSpan().StartsWith("TESSERA"u8) ? 1 : 0);
    }

    private double Logarithm(int at) => Math.Log2(1.0 + BinaryPrimitives.ReadUInt64LittleEndian(_bytes.AsSpan(at)));
}
