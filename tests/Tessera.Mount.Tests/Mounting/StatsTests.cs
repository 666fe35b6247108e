using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>What "tessera stats" tells of a mount that has worked.</summary>
public sealed class StatsTests
{
    private const int Files = 200;

    [Fact]
    public async Task Operations_caches_log_and_memory_are_told_as_they_are()
    {
        await using TestVolume volume = TestVolume.Mounted();
        for (int i = 0; i < Files; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"file{i}"), new byte[5000]);
        }

        volume.Remount();
        Directory.EnumerateFiles(volume.Path).Sum(file => File.ReadAllBytes(file).Length).ShouldBe(Files * 5000);
        Syscall.WriteFile(Path.Combine(volume.Path, "new"), [1]);

        JsonElement stats = volume.Stats();

        JsonElement read = stats.GetProperty("operations").EnumerateArray().Single(operation => operation.GetProperty("name").GetString() == "read");
        read.GetProperty("count").GetInt64().ShouldBeGreaterThanOrEqualTo(Files);
        read.GetProperty("bytes").GetInt64().ShouldBe(Files * 5000);
        read.GetProperty("p99_us").GetDouble().ShouldBeGreaterThanOrEqualTo(read.GetProperty("p50_us").GetDouble());
        JsonElement cache = stats.GetProperty("cache");
        cache.GetProperty("inodes").GetInt32().ShouldBeGreaterThan(0);
        cache.GetProperty("node_hits").GetInt64().ShouldBeGreaterThan(0);
        cache.GetProperty("node_bytes").GetInt64().ShouldBeInRange(1, cache.GetProperty("node_limit_bytes").GetInt64());
        JsonElement log = stats.GetProperty("log");
        log.GetProperty("bytes").GetInt64().ShouldBeInRange(1, log.GetProperty("limit_bytes").GetInt64());
        stats.GetProperty("memory").GetProperty("resident_bytes").GetInt64().ShouldBeGreaterThan(10 << 20);
        volume.Check();
    }
}
