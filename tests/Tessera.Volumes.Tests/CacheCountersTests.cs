using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class CacheCountersTests
{
    private const ulong RootIno = FsLimits.RootInode;

    [Theory]
    [InlineData("there", true)]
    [InlineData("nowhere", false)]
    public async Task The_first_lookup_of_a_name_is_a_miss_and_those_after_it_are_hits(string name, bool exists)
    {
        VolumeFixture fixture = await NewAsync();
        await fixture.MakeAsync(RootIno, "there");
        await fixture.ReopenAsync();
        VolumeCaches before = fixture.Volume.Caches;

        (await fixture.LookupAsync(RootIno, name)).Ok.ShouldBe(exists);

        VolumeCaches first = fixture.Volume.Caches;
        (first.Names.Hits - before.Names.Hits, first.Names.Misses - before.Names.Misses).ShouldBe((0, 1));
        (await fixture.LookupAsync(RootIno, name)).Ok.ShouldBe(exists);
        VolumeCaches second = fixture.Volume.Caches;
        (second.Names.Hits - first.Names.Hits, second.Names.Misses - first.Names.Misses).ShouldBe((1, 0));
        (second.Names.Used - before.Names.Used).ShouldBe(1);
        second.Names.Limit.ShouldBe(fixture.Options.CachedNames);
    }

    [Fact]
    public async Task An_inode_that_is_not_in_memory_is_a_miss_and_then_a_hit()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(RootIno, "f");
        await fixture.ReopenAsync();
        VolumeCaches before = fixture.Volume.Caches;

        await fixture.AttributesAsync(file.Ino);
        VolumeCaches first = fixture.Volume.Caches;
        await fixture.AttributesAsync(file.Ino);
        VolumeCaches second = fixture.Volume.Caches;

        (first.Inodes.Hits - before.Inodes.Hits, first.Inodes.Misses - before.Inodes.Misses).ShouldBe((0, 1));
        (second.Inodes.Hits - first.Inodes.Hits, second.Inodes.Misses - first.Inodes.Misses).ShouldBe((1, 0));
    }
}
