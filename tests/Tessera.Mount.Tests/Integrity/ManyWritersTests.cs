using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>Writers together far faster than the disk: the daemon holds them back instead of growing.</summary>
[Trait("Campaign", "integrity")]
public sealed class ManyWritersTests(ITestOutputHelper output)
{
    private const int Writers = 32;
    private const int Piece = 100_000;
    private const int Seed = 7;

    /// <summary>How far apart the writers' bytes begin among those that all have, so that no two files are alike.</summary>
    private const int Turn = 1009;
    private static readonly int s_pieces = (CampaignSize.Of(12, 256) << 20) / Piece;

    [Theory]
    [InlineData(128)]
    [InlineData(300)]
    public async Task Thirty_two_writers_stay_within_the_memory_that_the_mount_was_given(int memory)
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount("--memory", $"{memory}M");
        byte[] common = new byte[Piece + (Writers * Turn) + s_pieces];
        new Random(Seed).NextBytes(common);
        var probe = new DaemonProbe(volume.DaemonId);

        Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Factory.StartNew(
            () => Write($"{volume.Path}/w{i}", common, i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(writers);
        output.WriteLine($"{Writers} × {s_pieces} × {Piece} bytes, --memory {memory}M: at most {probe.PeakMiB:0} MiB resident.");
        probe.PeakMiB.ShouldBeLessThanOrEqualTo(memory);

        volume.Unmount();
        volume.Fsck();
        volume.Mount("--memory", $"{memory}M");
        probe = new DaemonProbe(volume.DaemonId);
        Parallel.For(0, Writers, i => Compare($"{volume.Path}/w{i}", common, i));
        output.WriteLine($"Read back in parallel: at most {probe.PeakMiB:0} MiB resident.");
        probe.PeakMiB.ShouldBeLessThanOrEqualTo(memory);
        volume.Check();
    }

    private static void Write(string path, byte[] common, int writer)
    {
        int file = Syscall.OpenFile(path, Syscall.WriteOnly | Syscall.Create);
        for (int piece = 0; piece < s_pieces; piece++)
        {
            Syscall.WriteAll(file, Bytes(common, writer, piece));
        }

        Syscall.CloseFile(file);
    }

    private static void Compare(string path, byte[] common, int writer)
    {
        using FileStream file = File.OpenRead(path);
        file.Length.ShouldBe((long)s_pieces * Piece);
        byte[] read = new byte[Piece];
        for (int piece = 0; piece < s_pieces; piece++)
        {
            file.ReadExactly(read);
            read.AsSpan().SequenceEqual(Bytes(common, writer, piece)).ShouldBeTrue($"file {writer}, piece {piece}");
        }
    }

    /// <summary>A piece of a writer's file: each begins one byte later than the one before.</summary>
    private static ReadOnlySpan<byte> Bytes(byte[] common, int writer, int piece) => common.AsSpan((writer * Turn) + piece, Piece);
}
