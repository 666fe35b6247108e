using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>Writers together far faster than the disk: the daemon holds them back instead of growing.</summary>
[Trait("Campaign", "integrity")]
public sealed class ManyWritersTests(ITestOutputHelper output)
{
    private const int Writers = 32;
    private const int Seed = 7;

    [Theory]
    [InlineData(128)]
    [InlineData(300)]
    public async Task Thirty_two_writers_stay_within_the_memory_that_the_mount_was_given(int memory)
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount("--memory", $"{memory}M");
        byte[] content = new byte[CampaignSize.Of(12, 256) << 20];
        new Random(Seed).NextBytes(content);
        var probe = new DaemonProbe(volume.DaemonId);

        Task[] writers = [.. Enumerable.Range(0, Writers).Select(i => Task.Factory.StartNew(
            () => Write($"{volume.Path}/w{i}", content, i), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
        await Task.WhenAll(writers);
        output.WriteLine($"{Writers} × {content.Length >> 20} MiB, --memory {memory}M: at most {probe.PeakMiB:0} MiB resident.");
        probe.PeakMiB.ShouldBeLessThanOrEqualTo(memory);

        volume.Unmount();
        volume.Fsck();
        volume.Mount("--memory", $"{memory}M");
        Parallel.For(0, Writers, i => File.ReadAllBytes($"{volume.Path}/w{i}").AsSpan().SequenceEqual(Turned(content, i)).ShouldBeTrue($"file {i}"));
        output.WriteLine($"Read back in parallel: at most {new DaemonProbe(volume.DaemonId).PeakMiB:0} MiB resident.");
        volume.Check();
    }

    private static void Write(string path, byte[] content, int writer)
    {
        const int Piece = 100_000;
        byte[] mine = Turned(content, writer);
        int file = Syscall.OpenFile(path, Syscall.WriteOnly | Syscall.Create);
        for (int at = 0; at < mine.Length; at += Piece)
        {
            Syscall.WriteAll(file, mine.AsSpan(at, Math.Min(Piece, mine.Length - at)));
        }

        Syscall.CloseFile(file);
    }

    /// <summary>Each writer's bytes are the same, turned by a number of its own.</summary>
    private static byte[] Turned(byte[] content, int writer) => [.. content.AsSpan(writer * 1009), .. content.AsSpan(0, writer * 1009)];
}
