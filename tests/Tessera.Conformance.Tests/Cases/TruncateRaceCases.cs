using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>open(2) with O_TRUNC while others write, append, copy, read or have the file mapped. Each round truncates after another count of steps of the other's.</summary>
internal static class TruncateRaceCases
{
    private const int Block = 4096;
    private const int Blocks = 16;
    private const int Length = Block * Blocks;
    private const int Rounds = 2 * Blocks;
    private const int MappedRounds = Blocks / 2;
    private const int RecordLength = 1000;
    private const int Records = 64;
    private const int BusError = -7;
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;
    private const int Truncating = OpenFlag.WriteOnly | OpenFlag.Truncate;

    private static readonly string s_old = new('A', Length);
    private static readonly string s_new = new('B', Block);

    [Clause("open.2:O_TRUNC-write", "While another thread writes: what was written before is gone, what is written after is there, whole, and bytes between are zeros.")]
    public static void RacesWriter(Room room)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int file = Old(room);
            Race(room, round, offset => Kernel.WriteAt(file, s_new, offset));
        }
    }

    [Clause("open.2:O_TRUNC-copy", "The same while another thread copies into the file with copy_file_range.")]
    public static void RacesCopier(Room room)
    {
        int from = room.Open("from", ReadWrite, Mode.File);
        Kernel.Write(from, new string('B', Length));
        for (int round = 0; round < Rounds; round++)
        {
            int file = Old(room);
            Race(room, round, offset => Kernel.CopyRange(from, offset, file, offset, Block).ShouldBe(Block));
        }
    }

    [Clause("open.2:O_TRUNC-copy-source", "While another thread copies out of the file: the copy has what was there before, as far as it came, and nothing else.")]
    public static void RacesReaderOfCopy(Room room)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int from = Old(room);
            int to = room.Open("to", ReadWrite | OpenFlag.Truncate, Mode.File);
            int copied = 0;
            var copier = new Racer(() =>
            {
                while (copied < Length && Kernel.CopyRange(from, copied, to, copied, Block) is > 0 and var step)
                {
                    Volatile.Write(ref copied, copied + (int)step);
                }
            });
            Racer.Await(() => Volatile.Read(ref copied) >= Moment(round));
            Kernel.Close(Kernel.Open(room["a"], Truncating));
            copier.End();
            LengthOf('A', File.ReadAllBytes(room["to"])).ShouldBe(copied);
            Kernel.Stat(from).Size.ShouldBe(0UL);
        }
    }

    [Clause("open.2:O_TRUNC-append", "While another thread appends: the file begins with a record written after, and the others follow without a gap.")]
    public static void RacesAppender(Room room)
    {
        for (int round = 0; round < Rounds; round++)
        {
            Old(room);
            int file = room.Open("a", OpenFlag.WriteOnly | OpenFlag.Append);
            int written = 0;
            var appender = new Racer(() =>
            {
                for (; written < Records; Volatile.Write(ref written, written + 1))
                {
                    Kernel.Write(file, Record(written)).ShouldBe(RecordLength);
                }
            });
            Racer.Await(() => Volatile.Read(ref written) >= 2 * (round % Blocks));
            int before = Volatile.Read(ref written);
            Kernel.Close(Kernel.Open(room["a"], Truncating));
            appender.End();
            string content = File.ReadAllText(room["a"]);
            int first = Records - (content.Length / RecordLength);
            first.ShouldBeGreaterThanOrEqualTo(before, "records of before the truncation came back");
            content.ShouldBe(string.Concat(Enumerable.Range(first, Records - first).Select(Record)));
        }
    }

    [Clause("open.2:O_TRUNC-read", "While another thread reads: it gets what was there before, zeros, or the end of the file, and after the truncation only that.")]
    public static void RacesReader(Room room)
    {
        for (int round = 0; round < Rounds; round++)
        {
            int file = Old(room);
            int reads = 0;
            var reader = new Racer(() =>
            {
                while (Kernel.ReadAt(file, Length, 0) is { Length: > 0 } content)
                {
                    // Zeros: a FUSE daemon has truncated already and answers nothing, which the kernel, before it hears of it, pads to the length it knows.
                    content.AsSpan().ContainsAnyExcept('A', '\0').ShouldBeFalse("bytes that nobody wrote");
                    Interlocked.Increment(ref reads);
                }
            });
            Racer.Await(() => Volatile.Read(ref reads) >= round % 4);
            Kernel.Close(Kernel.Open(room["a"], Truncating));
            Kernel.ReadAt(file, Length, 0).ShouldBe("");
            reader.End();
        }
    }

    [Clause("open.2:O_TRUNC-mapped", "While another process stores through a mapping: the length is zero and stays so, the other gets SIGBUS, and nothing of either comes back when the file grows.")]
    public static void RacesMapping(Room room)
    {
        using var other = new OtherProcess();
        for (int round = 0; round < MappedRounds; round++)
        {
            int file = Old(room);
            other.BeginStoring(room["a"]);
            Racer.Await(() => Kernel.ReadAt(file, 1, 2 * round * Block) == "B");
            Kernel.Close(Kernel.Open(room["a"], Truncating));
            Kernel.Stat(file).Size.ShouldBe(0UL);
            other.Answer().ShouldBe(BusError);
            Kernel.Stat(file).Size.ShouldBe(0UL);
            Kernel.Truncate(file, Length);
            LengthOf('\0', File.ReadAllBytes(room["a"])).ShouldBe(Length);
            Kernel.Sync(file);
            LengthOf('\0', Kernel.ReadAligned(room.Open("a", OpenFlag.ReadOnly | OpenFlag.Direct), Length, 0)).ShouldBe(Length);
        }
    }

    [Clause("open.2:O_TRUNC-mapping", "A mapping of another process outlives the truncation: once the file has grown again all of it is zeros, without SIGBUS.")]
    public static void MappingOutlives(Room room)
    {
        int file = Old(room);
        using var other = new OtherProcess();
        other.Do($"(pages := mmap.mmap({other.Open(room["a"])}, {Length})) and pages[:].count(b'A')").ShouldBe(Length);
        Kernel.Close(Kernel.Open(room["a"], Truncating));
        Kernel.Truncate(file, Length);
        other.Do("pages[:].count(b'\\0')").ShouldBe(Length);
        other.Do("pages.__setitem__(70, 66) or 0").ShouldBe(0);
        Kernel.ReadAt(file, 3, 69).ShouldBe("\0B\0");
    }

    [Clause("mmap.2:SIGBUS", "A store to a page of a mapping that lies beyond the end of the file: SIGBUS.")]
    public static void StoresBeyondEnd(Room room)
    {
        int file = Old(room);
        using var other = new OtherProcess();
        other.BeginStoring(room["a"]);
        Racer.Await(() => Kernel.ReadAt(file, 1, Length - Block) == "B");
        Kernel.Truncate(file, Length - Block);
        other.Answer().ShouldBe(BusError);
        Kernel.Stat(file).Size.ShouldBe((ulong)(Length - Block));
        LengthOf('B', File.ReadAllBytes(room["a"])).ShouldBe(Length - Block);
    }

    /// <summary>Writes block after block in another thread and truncates in between.</summary>
    private static void Race(Room room, int round, Action<long> writeBlock)
    {
        int written = 0;
        var writer = new Racer(() =>
        {
            for (; written < Blocks; Volatile.Write(ref written, written + 1))
            {
                writeBlock((long)written * Block);
            }
        });
        Racer.Await(() => Volatile.Read(ref written) >= round % Blocks);
        int before = Volatile.Read(ref written);
        Kernel.Close(Kernel.Open(room["a"], Truncating));
        // Not by stat(2) and then read(2): on FUSE the first tells of a write under way what the second does not know yet.
        Kernel.ReadFile(room["a"]).ShouldNotContain("A", Case.Sensitive, "bytes of before the truncation");
        writer.End();
        byte[] content = File.ReadAllBytes(room["a"]);
        content.Length.ShouldBeOneOf(0, Length);
        int gone = content.AsSpan().IndexOf((byte)'B') is >= 0 and var first ? first / Block : content.Length / Block;
        gone.ShouldBeGreaterThanOrEqualTo(content.Length == 0 ? 0 : before, "blocks of before the truncation came back");
        LengthOf('\0', content[..(gone * Block)]).ShouldBe(gone * Block);
        LengthOf('B', content[(gone * Block)..]).ShouldBe(content.Length - (gone * Block));
    }

    /// <summary>The file "a", made anew with its old content.</summary>
    private static int Old(Room room)
    {
        int file = room.Open("a", ReadWrite | OpenFlag.Truncate, Mode.File);
        Kernel.Write(file, s_old).ShouldBe(Length);
        return file;
    }

    private static int Moment(int round) => round % Blocks * Block;

    private static string Record(int number) => $"{number:D8}{new string('r', RecordLength - 9)}\n";

    /// <summary>The length of content that is all one letter; −1 of another.</summary>
    private static int LengthOf(char letter, byte[] content) => content.AsSpan().ContainsAnyExcept((byte)letter) ? -1 : content.Length;
}
