using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>What the kernel caches although an ioctl changes it.</summary>
public sealed class FlagTests
{
    [Fact]
    public async Task The_change_time_that_chattr_sets_is_told_at_once()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Programs.Shell(volume.Path, "echo x > f; touch -d 2001-01-01 f");
        string before = Programs.Shell(volume.Path, "stat -c %z f");

        Programs.Run(volume.Path, "chattr", "+i", "f");

        Programs.Shell(volume.Path, "stat -c %z f").ShouldNotBe(before);
        Programs.Run(volume.Path, "chattr", "-i", "f");
        volume.Check();
    }
}
