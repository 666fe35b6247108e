namespace Tessera.Mount.Tests.RealPrograms;

/// <summary>A program that writes through shared maps in two processes and compares what maps, reads and a later open see.</summary>
internal static class MappedWriter
{
    /// <summary>Arguments: file, MiB. Prints "agree".</summary>
    public const string Script = """
        import hashlib, mmap, os, random, sys
        path, size = sys.argv[1], int(sys.argv[2]) << 20
        fd = os.open(path, os.O_RDWR | os.O_CREAT, 0o600)
        os.ftruncate(fd, size)
        expected = bytearray(size)
        def scribble(target, seed, low, high):
            rng = random.Random(seed)
            for _ in range(2000):
                length = rng.choice((1, 100, 4096, 9000))
                at = rng.randrange(low, high - length)
                target[at:at + length] = rng.randbytes(length)
        child = os.fork()
        with mmap.mmap(fd, size) as shared:
            if child == 0:
                scribble(shared, 1, 0, size // 2)
                shared.flush()
                os._exit(0)
            scribble(shared, 2, size // 2, size)
            _, status = os.waitpid(child, 0)
            assert status == 0
            scribble(expected, 1, 0, size // 2)
            scribble(expected, 2, size // 2, size)
            assert shared[:] == bytes(expected), "the map"
            assert os.pread(fd, 8192, size // 2 - 4096) == expected[size // 2 - 4096:size // 2 + 4096], "a read beside the map"
            os.pwrite(fd, b"written", 12345)
            expected[12345:12352] = b"written"
            assert shared[12345:12352] == b"written", "a write beside the map"
            shared.flush()
        os.fsync(fd)
        os.close(fd)
        with open(path, "rb") as again:
            assert hashlib.sha256(again.read()).digest() == hashlib.sha256(expected).digest(), "the file"
        print("agree")
        """;
}
