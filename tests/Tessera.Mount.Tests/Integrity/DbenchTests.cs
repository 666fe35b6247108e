using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>dbench(1): what clients of an office's file server do, several at once.</summary>
[Trait("Campaign", "integrity")]
public sealed class DbenchTests
{
    private const int Clients = 8;

    [Fact]
    public async Task Parallel_clients_find_every_file_as_they_left_it()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string seconds = $"{CampaignSize.Of(4, 300)}";
        Programs.Run("/", "dbench", "-t", seconds, "-D", volume.Path, "-x", "--stat-check", "--skip-cleanup", $"{Clients}").ShouldContain("Throughput");
        IReadOnlyList<string> before = TreeDigest.Of(volume.Path);
        before.Count.ShouldBeGreaterThan(100);
        volume.Unmount();
        volume.Fsck();
        volume.Mount();
        TreeDigest.Of(volume.Path).ShouldBe(before);
        volume.Check();
    }
}
