using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Task = Tessera.Conformance.Tests.Calls.Task;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>copy_file_range(2) beyond the plain copy, and sendfile(2).</summary>
internal static class CopyCases
{
    private const int ReadWrite = OpenFlag.ReadWrite | OpenFlag.Create;

    [Clause("copy_file_range.2:EBADF", "The source is not open for reading, or the target not for writing.")]
    public static void WrongModes(Room room)
    {
        (int from, int to) = Both(room);
        Expect.Errno(Errno.EBADF, () => Kernel.CopyRange(room.Open("a", OpenFlag.WriteOnly), 0, to, 0, 1));
        Expect.Errno(Errno.EBADF, () => Kernel.CopyRange(from, 0, room.Open("b", OpenFlag.ReadOnly), 0, 1));
    }

    [Clause("copy_file_range.2:EINVAL-flags", "The flags are not zero.")]
    public static void Flags(Room room)
    {
        (int from, int to) = Both(room);
        Expect.Errno(Errno.EINVAL, () => Kernel.CopyHere(from, to, 1, flags: 1));
    }

    [Clause("copy_file_range.2:EINVAL-type", "Either is not a regular file: a FIFO.")]
    public static void NotRegular(Room room)
    {
        (int from, _) = Both(room);
        Kernel.MakeNode(room["p"], Mode.Fifo | Mode.File);
        int fifo = room.Open("p", OpenFlag.ReadWrite);
        Expect.Errno(Errno.EINVAL, () => Kernel.CopyHere(from, fifo, 1));
    }

    [Clause("copy_file_range.2:EISDIR", "Either is a directory.")]
    public static void OfDirectory(Room room)
    {
        (_, int to) = Both(room);
        Expect.Errno(Errno.EISDIR, () => Kernel.CopyHere(room.Open(".", OpenFlag.Directory), to, 1));
    }

    [Clause("copy_file_range.2:EXDEV", "Source and target are on file systems of different types.")]
    public static void OtherFileSystem(Room room)
    {
        (_, int to) = Both(room);
        int version = room.Keep(Kernel.Open("/proc/self/cmdline", OpenFlag.ReadOnly));
        Expect.Errno(Errno.EXDEV, () => Kernel.CopyHere(version, to, 1));
    }

    [Clause("copy_file_range.2:EPERM", "The target is immutable.")]
    public static void ImmutableTarget(Room room)
    {
        (int from, int to) = Both(room);
        int flags = Kernel.InodeFlags(to);
        Kernel.SetInodeFlags(to, flags | 0x10);
        try
        {
            Expect.Errno(Errno.EPERM, () => Kernel.CopyRange(from, 0, to, 0, 1));
        }
        finally
        {
            Kernel.SetInodeFlags(to, flags);
        }
    }

    [Clause("copy_file_range.2:offsets", "Without offsets both descriptors move by what was copied; with offsets neither moves.")]
    public static void Offsets(Room room)
    {
        (int from, int to) = Both(room);
        Kernel.Seek(from, 1, Kernel.SeekSet);
        Kernel.CopyHere(from, to, 3).ShouldBe(3);
        Kernel.Seek(from, 0, Kernel.SeekCurrent).ShouldBe(4);
        Kernel.Seek(to, 0, Kernel.SeekCurrent).ShouldBe(3);
        Kernel.CopyRange(from, 0, to, 10, 2).ShouldBe(2);
        Kernel.Seek(from, 0, Kernel.SeekCurrent).ShouldBe(4);
        Kernel.ReadAt(to, 20, 0).ShouldBe("bcd\0\0\0\0\0\0\0ab");
    }

    [Clause("copy_file_range.2:short", "What reaches over the source's end copies as far as it goes.")]
    public static void Short(Room room)
    {
        (int from, int to) = Both(room);
        Kernel.CopyRange(from, 4, to, 0, 100).ShouldBe(2);
        Kernel.Stat(to).Size.ShouldBe(2UL);
    }

    [Clause("copy_file_range.2:zero", "Nothing of nothing: zero, and the target is as it was.")]
    public static void Nothing(Room room)
    {
        (int from, int to) = Both(room);
        Kernel.CopyRange(from, 0, to, 100, 0).ShouldBe(0);
        Kernel.Stat(to).Size.ShouldBe(0UL);
    }

    [Clause("copy_file_range.2:large", "Megabytes, not aligned, over what the target has and past its end.")]
    public static void Large(Room room)
    {
        const int Length = 3 << 20;
        byte[] content = Pattern(Length);
        int from = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(from, content).ShouldBe(Length);
        int to = room.Open("b", ReadWrite, Mode.File);
        Kernel.Write(to, new byte[1 << 20]);
        for (int done = 0; done < Length - 777;)
        {
            done += (int)Kernel.CopyRange(from, 777 + done, to, 4095 + done, Length - 777 - done);
        }

        File.ReadAllBytes(room["b"]).AsSpan(4095).SequenceEqual(content.AsSpan(777)).ShouldBeTrue();
    }

    [Clause("copy_file_range.2:later", "A later write to either file is not seen in the other.")]
    public static void Independent(Room room)
    {
        byte[] content = Pattern(1 << 20);
        int from = room.Open("a", ReadWrite, Mode.File);
        Kernel.Write(from, content);
        Kernel.Sync(from);
        int to = room.Open("b", ReadWrite, Mode.File);
        Kernel.CopyRange(from, 0, to, 0, content.Length).ShouldBe(content.Length);
        Kernel.WriteAt(from, "from", 5000);
        Kernel.WriteAt(to, "to", 9000);
        Kernel.Sync(from);
        Kernel.Sync(to);
        Kernel.ReadAt(to, 4, 5000).ShouldNotBe("from");
        Kernel.ReadAt(from, 2, 9000).ShouldNotBe("to");
        Kernel.Unlink(room["a"]);
        byte[] copied = File.ReadAllBytes(room["b"]);
        copied.AsSpan(9002).SequenceEqual(content.AsSpan(9002)).ShouldBeTrue();
    }

    [Clause("copy_file_range.2:hole", "A hole is copied as zeros, over bytes too.")]
    public static void Hole(Room room)
    {
        int from = room.Open("a", ReadWrite, Mode.File);
        Kernel.Truncate(from, 1 << 20);
        int to = room.Open("b", ReadWrite, Mode.File);
        Kernel.Write(to, new string('x', 1 << 20));
        Kernel.CopyRange(from, 0, to, 1, (1 << 20) - 2).ShouldBe((1 << 20) - 2);
        Kernel.ReadAt(to, 3, 0).ShouldBe("x\0\0");
        Kernel.ReadAt(to, 3, (1 << 20) - 3).ShouldBe("\0\0x");
    }

    [Clause("copy_file_range.2:mtime", "The target's mtime and ctime are marked, not the source's.")]
    public static void MarksTarget(Room room)
    {
        (int from, int to) = Both(room);
        string[] marks = TimeMarks.Of(room, ["a", "b"], () => Kernel.CopyRange(from, 0, to, 0, 3).ShouldBe(3));
        marks[0].ShouldBeOneOf("", "a");
        marks[1].ShouldBe("mc");
    }

    [Clause("copy_file_range.2:clears", "An unprivileged copy clears the target's set-user-ID bit.")]
    public static void Clears(Room room)
    {
        Both(room);
        Kernel.ChangeMode(room["b"], Mode.SetUser | Mode.All);
        Task.As(Task.Somebody, Task.Somebody, () => Kernel.CopyRange(room.Open("a", OpenFlag.ReadOnly), 0, room.Open("b", OpenFlag.WriteOnly), 0, 3).ShouldBe(3));
        Kernel.Stat(room["b"]).Bits.ShouldBe(Mode.All);
    }

    [Clause("sendfile.2:copies", "sendfile copies between files, from where the descriptors stand.")]
    public static void SendsFile(Room room)
    {
        (int from, int to) = Both(room);
        Kernel.Seek(from, 2, Kernel.SeekSet);
        Kernel.SendFile(to, from, 100).ShouldBe(4);
        Kernel.ReadAt(to, 10, 0).ShouldBe("cdef");
    }

    private static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(index => (byte)((index * 31) ^ (index >> 9)))];

    private static (int From, int To) Both(Room room)
    {
        room.File("a", "abcdef");
        return (room.Open("a", OpenFlag.ReadOnly), room.Open("b", ReadWrite, Mode.File));
    }
}
