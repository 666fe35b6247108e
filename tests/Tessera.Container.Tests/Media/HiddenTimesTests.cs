using System.Diagnostics;
using Tessera.Container.Format;
using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>What the host's times say of a file that was written to (docs/format/scattered.md, Times).</summary>
public sealed class HiddenTimesTests : IDisposable
{
    private static readonly DateTime s_before = new(2001, 2, 3, 4, 5, 6, DateTimeKind.Utc);
    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    public void Dispose() => directory.Dispose();

    [Theory]
    [InlineData(true, false)]
    [InlineData(false, false)]
    [InlineData(true, true)]
    public void Noise_that_is_written_to_is_as_old_as_when_it_was_made(bool together, bool show)
    {
        string file = Make(isNoise: true);
        using (IHostMedium medium = HostMedium.Open(file, new FileMediumOptions { ShowTimes = show }))
        {
            var buffer = new AlignedBuffer(2 * Geometry.SlotSize);
            if (together)
            {
                medium.WriteEach([Geometry.SlotSize * 9, Geometry.SlotSize * 20], buffer.Span, WriteMode.Direct);
            }
            else
            {
                medium.Write(Geometry.SlotSize * 9, buffer.Span, WriteMode.Durable);
            }
        }

        string[] times = TimesOf(file);
        (times[1] == times[0]).ShouldBe(!show);
        if (!show)
        {
            times[2].ShouldBe(times[0]);
        }
    }

    [Fact]
    public void Noise_that_is_only_looked_at_keeps_its_times()
    {
        string file = Make(isNoise: true);
        foreach (bool readOnly in (bool[])[false, true])
        {
            using IHostMedium medium = HostMedium.Open(file, new FileMediumOptions { ReadOnly = readOnly });
            medium.Read(0, new byte[Geometry.SlotSize]);
            medium.ReadEach([0], new AlignedBuffer(Geometry.SlotSize).Span);
        }

        File.GetLastWriteTimeUtc(file).ShouldBe(s_before);
        File.GetLastAccessTimeUtc(file).ShouldBe(s_before);
    }

    [Fact]
    public void What_is_no_noise_shows_when_it_was_written_to()
    {
        string file = Make(isNoise: false);
        using (IHostMedium medium = HostMedium.Open(file))
        {
            medium.Write(0, new byte[Geometry.SlotSize], WriteMode.Cached);
        }

        string[] times = TimesOf(file);
        times[1].ShouldNotBe(times[0]);
        File.GetLastWriteTimeUtc(file).ShouldBeGreaterThan(s_before);
    }

    [Fact]
    public void All_files_of_a_folder_are_as_old_as_when_they_were_made()
    {
        string folder = directory.File("folder");
        const int Files = 3;
        using (var made = new FolderMedium(FileParts.Create(folder, Geometry.GroupSize / 2)))
        {
            made.Grow(Files * made.PartBytes);
            made.Write(0, Noise(), WriteMode.Cached);
        }

        Wait();
        using (IHostMedium medium = HostMedium.Open(folder))
        {
            long part = medium.Parts!.PartBytes;
            medium.WriteEach([0, part, 2 * part], new AlignedBuffer(Files * Geometry.SlotSize).Span, WriteMode.Direct);
            medium.Parts.WriteStamp(1, new byte[IPartedMedium.StampBytes]);
            medium.Grow((Files + 1) * part);
            Wait();
            medium.Write(Files * part, new byte[Geometry.SlotSize], WriteMode.Cached);
        }

        foreach (FileInfo file in new DirectoryInfo(folder).EnumerateFiles())
        {
            TimesOf(file.FullName).Distinct(StringComparer.Ordinal).Count().ShouldBe(1, file.Name);
        }
    }

    /// <summary>Made, modified, accessed.</summary>
    private static string[] TimesOf(string file) => HostCommand.Run("stat", "-c", "%.9W %.9Y %.9X", file).Output.Trim().Split(' ');

    /// <summary>A file made a while ago.</summary>
    private string Make(bool isNoise)
    {
        string file = directory.File("medium");
        using (FileMedium medium = FileMedium.Create(file, Geometry.GroupSize))
        {
            if (isNoise)
            {
                medium.Write(0, Noise(), WriteMode.Cached);
            }
        }

        File.SetLastWriteTimeUtc(file, s_before);
        File.SetLastAccessTimeUtc(file, s_before); // Where the host keeps it, the next reading moves it (mount(8), relatime).
        Wait();
        return file;
    }

    private static byte[] Noise()
    {
        byte[] noise = new byte[Geometry.SlotSize];
        new Random(1).NextBytes(noise);
        return noise;
    }

    /// <summary>Until the host's clock of files has gone on.</summary>
    private static void Wait()
    {
        long began = Stopwatch.GetTimestamp();
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(began).TotalMilliseconds > 50);
    }
}
