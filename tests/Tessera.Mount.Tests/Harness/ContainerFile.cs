using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A container's bytes as they lie on the disk (docs/format/container.md), to be damaged.</summary>
internal static class ContainerFile
{
    public const int Slot = 4096;

    /// <summary>O_RDWR of open(2).</summary>
    private const int ReadWrite = 2;
    private const int SlotsPerGroup = 16384;
    private const int FixedSlots = 11;
    private const int KeySlots = 8;
    private const int FirstRoot = 9;
    private const int DigestOffset = Slot - 32;

    /// <summary>Damages a byte, also beneath a daemon that holds the host's lock.</summary>
    public static void FlipBit(string path, long offset)
    {
        using var file = new SafeFileHandle(Syscall.OpenFile(path, ReadWrite), ownsHandle: true);
        byte[] one = new byte[1];
        RandomAccess.Read(file, one, offset);
        one[0] ^= 1;
        RandomAccess.Write(file, one, offset);
    }

    /// <summary>Where a copy of the header is: 0 at the beginning, 1 at the end of the first group.</summary>
    public static long Header(int copy) => Fixed(copy, 0);

    public static long Keys(int copy) => Fixed(copy, 1);

    public static long KeysLength => KeySlots * Slot;

    /// <summary>Roots are written in turn to two places in each copy.</summary>
    public static long Root(int copy, int turn) => Fixed(copy, FirstRoot + turn);

    /// <summary>Writes both copies of the header and of the key slots over with those of an older state of the file.</summary>
    public static void PutBackKeys(string path, byte[] older)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        for (int copy = 0; copy < 2; copy++)
        {
            file.Position = Header(copy);
            file.Write(older, (int)Header(copy), Slot + (int)KeysLength);
        }
    }

    public static void Truncate(string path, long length)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        file.SetLength(length);
    }

    /// <summary>Writes another format version into both copies of the header, with the right digest.</summary>
    public static void SetVersion(string path, uint version)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.ReadWrite);
        byte[] page = new byte[Slot];
        for (int copy = 0; copy < 2; copy++)
        {
            file.Position = Header(copy);
            file.ReadExactly(page);
            BinaryPrimitives.WriteUInt32LittleEndian(page.AsSpan(8), version);
            SHA256.HashData(page.AsSpan(0, DigestOffset), page.AsSpan(DigestOffset));
            file.Position = Header(copy);
            file.Write(page);
        }
    }

    /// <summary>The middle of the longest run of slots in which two states of a container differ: data, if a large file was written between.</summary>
    public static long MiddleOfLargestChange(string before, string after)
    {
        using FileStream old = OpenBeside(before);
        using FileStream now = OpenBeside(after);
        byte[] oldSlot = new byte[Slot];
        byte[] newSlot = new byte[Slot];
        (long Start, long Length) best = default;
        long start = 0;
        for (long slot = 0; now.ReadAtLeast(newSlot, Slot, throwOnEndOfStream: false) == Slot; slot++)
        {
            bool same = old.ReadAtLeast(oldSlot, Slot, throwOnEndOfStream: false) == Slot && oldSlot.AsSpan().SequenceEqual(newSlot);
            if (same)
            {
                start = slot + 1;
            }
            else if (slot + 1 - start > best.Length)
            {
                best = (start, slot + 1 - start);
            }
        }

        return (best.Start + (best.Length / 2)) * Slot;
    }

    /// <summary>Slots, evenly spread, in which two states of a container differ and which hold something.</summary>
    public static IEnumerable<long> SomeChanges(string before, string after, int count)
    {
        using FileStream old = OpenBeside(before);
        using FileStream now = OpenBeside(after);
        byte[] oldSlot = new byte[Slot];
        byte[] newSlot = new byte[Slot];
        List<long> changed = [];
        for (long slot = 0; now.ReadAtLeast(newSlot, Slot, throwOnEndOfStream: false) == Slot; slot++)
        {
            bool same = old.ReadAtLeast(oldSlot, Slot, throwOnEndOfStream: false) == Slot && oldSlot.AsSpan().SequenceEqual(newSlot);
            if (!same && newSlot.AsSpan().ContainsAnyExcept((byte)0))
            {
                changed.Add(slot * Slot);
            }
        }

        return Enumerable.Range(0, count).Select(i => changed[(int)((i + 0.5) * changed.Count / count)]).ToArray();
    }

    /// <summary>Opens a file without a look at locks.</summary>
    private static FileStream OpenBeside(string path) => new(new SafeFileHandle(Syscall.OpenFile(path, flags: 0), ownsHandle: true), FileAccess.Read);

    private static long Fixed(int copy, int slot) => (long)Slot * (copy == 0 ? slot : SlotsPerGroup - FixedSlots + slot);
}
