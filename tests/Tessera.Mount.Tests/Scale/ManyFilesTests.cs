using System.Diagnostics;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Scale;

[Trait("Campaign", "scale")]
public sealed class ManyFilesTests
{
    private const int FilesPerDirectory = 1_000;
    private const double MostMiB = 300;
    private static readonly TimeSpan MostMountTime = TimeSpan.FromSeconds(1);

    [Fact]
    public async Task A_volume_of_many_files_mounts_at_once_and_is_walked_in_bounded_memory()
    {
        int files = CampaignSize.Of(20_000, 1_000_000);
        await using TestVolume volume = TestVolume.Mounted();
        Create(volume.Path, files);
        volume.Unmount();

        long started = Stopwatch.GetTimestamp();
        volume.TryMount().ExitCode.ShouldBe(0);
        Stopwatch.GetElapsedTime(started).ShouldBeLessThan(MostMountTime);
        volume.Adopt();

        Programs.Shell(volume.Path, "find . -type f -size -2 -newermt 2000-01-01 | wc -l").Trim().ShouldBe($"{files}");
        new DaemonProbe(volume.DaemonId).PeakMiB.ShouldBeLessThan(MostMiB);
        volume.Check();
    }

    private static void Create(string root, int files)
    {
        byte[] content = [1, 2, 3, 4, 5];
        for (int i = 0; i < files; i++)
        {
            string directory = Path.Combine(root, $"d{i / FilesPerDirectory}");
            if (i % FilesPerDirectory == 0)
            {
                Syscall.MakeDirectory(directory);
            }

            Syscall.WriteFile($"{directory}/f{i}", content);
        }
    }
}
