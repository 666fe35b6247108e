using Tessera.Core;
using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>When a read marks the access time (mount(8), relatime), with a clock that goes as the test says.</summary>
public sealed class AccessTimeTests
{
    private static readonly TimeSpan s_day = TimeSpan.FromHours(24);

    [Fact]
    public async Task Relative_marks_what_is_older_than_a_day()
    {
        (VolumeFixture fixture, ulong ino) = await ReadOnceAsync(AccessTimePolicy.Relative);

        fixture.Clock.Advance(s_day - TimeSpan.FromMinutes(1));
        (await IsMarkedAsync(fixture, ino)).ShouldBeFalse();
        fixture.Clock.Advance(TimeSpan.FromMinutes(2));
        (await IsMarkedAsync(fixture, ino)).ShouldBeTrue();
        (await IsMarkedAsync(fixture, ino)).ShouldBeFalse();
    }

    [Fact]
    public async Task Strict_marks_every_read()
    {
        (VolumeFixture fixture, ulong ino) = await ReadOnceAsync(AccessTimePolicy.Strict);

        (await IsMarkedAsync(fixture, ino)).ShouldBeTrue();
        (await IsMarkedAsync(fixture, ino)).ShouldBeTrue();
    }

    [Fact]
    public async Task Never_marks_none()
    {
        (VolumeFixture fixture, ulong ino) = await ReadOnceAsync(AccessTimePolicy.Never);

        fixture.Clock.Advance(2 * s_day);
        (await IsMarkedAsync(fixture, ino)).ShouldBeFalse();
    }

    private static async Task<(VolumeFixture Fixture, ulong Ino)> ReadOnceAsync(AccessTimePolicy policy)
    {
        VolumeFixture fixture = await NewAsync(new VolumeOptions { BackgroundWriteBack = false, AccessTimes = policy });
        ulong ino = (await fixture.MakeAsync(FsLimits.RootInode, "file")).Ino;
        await fixture.WriteAsync(ino, 0, Pattern(100, 1));
        (await fixture.ReadAsync(ino, 0, 100)).ShouldBe(Pattern(100, 1));
        return (fixture, ino);
    }

    private static async Task<bool> IsMarkedAsync(VolumeFixture fixture, ulong ino)
    {
        Timestamp before = (await fixture.AttributesAsync(ino)).AccessTime;
        await fixture.ReadAsync(ino, 0, 100);
        return !(await fixture.AttributesAsync(ino)).AccessTime.Equals(before);
    }
}
