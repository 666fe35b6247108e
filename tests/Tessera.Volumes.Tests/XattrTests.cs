using System.Text;
using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

public sealed class XattrTests
{
    private const ulong RootIno = FsLimits.RootInode;
    private static readonly Caller Unchecked = new(1000, 1000, 0, Door.Internal, KernelChecked: false);
    private static readonly Caller Nobody = new(1000, 1000, 0, Door.Fuse, KernelChecked: true);

    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(4096)]
    [InlineData(4097)]
    [InlineData(FsLimits.MaxXattrValue)]
    public async Task Value_of_any_length_is_kept_replaced_and_removed(int length)
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        int keys = fixture.Memory.KeyCount;
        byte[] name = Name("user.a");
        (await fixture.Volume.SetXattrAsync(Root, ino, name, Pattern(20_000, 1), XattrFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.SetXattrAsync(Root, ino, name, Pattern(length, 2), XattrFlags.Replace)).ShouldBe(FsError.None);
        await fixture.KillAsync();
        (await fixture.Volume.GetXattrAsync(Root, ino, name, default)).Value.ShouldBe(length);
        byte[] value = new byte[length];
        (await fixture.Volume.GetXattrAsync(Root, ino, name, value)).Value.ShouldBe(length);
        value.ShouldBe(Pattern(length, 2));
        (await fixture.Volume.RemoveXattrAsync(Root, ino, name)).ShouldBe(FsError.None);
        (await fixture.Volume.GetXattrAsync(Root, ino, name, value)).Error.ShouldBe(FsError.NoData);
        fixture.Memory.KeyCount.ShouldBe(keys);
    }

    [Fact]
    public async Task Flags_and_sizes_are_refused_as_setxattr_2_says()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        byte[] name = Name("user.a");
        (await fixture.Volume.SetXattrAsync(Root, ino, name, new byte[1], XattrFlags.Replace)).ShouldBe(FsError.NoData);
        (await fixture.Volume.SetXattrAsync(Root, ino, name, new byte[100], XattrFlags.Create)).ShouldBe(FsError.None);
        (await fixture.Volume.SetXattrAsync(Root, ino, name, new byte[1], XattrFlags.Create)).ShouldBe(FsError.Exists);
        (await fixture.Volume.GetXattrAsync(Root, ino, name, new byte[99])).Error.ShouldBe(FsError.OutOfRange);
        (await fixture.Volume.SetXattrAsync(Root, ino, name, new byte[FsLimits.MaxXattrValue + 1], XattrFlags.None)).ShouldBe(FsError.OutOfRange);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name("user." + new string('n', 251)), new byte[1], XattrFlags.None)).ShouldBe(FsError.OutOfRange);
        (await fixture.Volume.RemoveXattrAsync(Root, ino, Name("user.none"))).ShouldBe(FsError.NoData);
    }

    [Fact]
    public async Task Namespaces_have_their_rules()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        InodeAttributes fifo = await fixture.MakeAsync(RootIno, "fifo", ModeBits.Fifo | 0x1B6);
        (await fixture.Volume.SetXattrAsync(Root, fifo.Ino, Name("user.a"), new byte[1], XattrFlags.None)).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.SetXattrAsync(Root, fifo.Ino, Name("trusted.a"), new byte[1], XattrFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.SetXattrAsync(Unchecked, ino, Name("trusted.a"), new byte[1], XattrFlags.None)).ShouldBe(FsError.NotPermitted);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name("system.other"), new byte[1], XattrFlags.None)).ShouldBe(FsError.NotSupported);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name("nonsense"), new byte[1], XattrFlags.None)).ShouldBe(FsError.NotSupported);
        (await fixture.Volume.SetXattrAsync(Root, ino, Name("trusted.a"), new byte[1], XattrFlags.None)).ShouldBe(FsError.None);
        (await fixture.Volume.GetXattrAsync(Unchecked, ino, Name("trusted.a"), default)).Error.ShouldBe(FsError.NoData);

        // Whom the kernel let pass has the capability, whatever the uid.
        (await fixture.Volume.GetXattrAsync(Nobody, ino, Name("trusted.a"), default)).Value.ShouldBe(1);
    }

    [Fact]
    public async Task List_has_each_name_once_and_trusted_ones_for_root_only()
    {
        (VolumeFixture fixture, ulong ino) = await WithFileAsync();
        foreach (string name in new[] { "user.b", "user.a", "trusted.t", "security.s" })
        {
            (await fixture.Volume.SetXattrAsync(Root, ino, Name(name), Pattern(10_000, 1), XattrFlags.None)).ShouldBe(FsError.None);
        }

        (await ListAsync(fixture, Root, ino)).ShouldBe("security.s\0trusted.t\0user.a\0user.b\0");
        (await ListAsync(fixture, Nobody, ino)).ShouldBe("security.s\0user.a\0user.b\0");
        (await fixture.Volume.ListXattrsAsync(Root, ino, default)).Value.ShouldBe(35);
        (await fixture.Volume.ListXattrsAsync(Root, ino, new byte[34])).Error.ShouldBe(FsError.OutOfRange);
    }

    private static async Task<(VolumeFixture Fixture, ulong Ino)> WithFileAsync()
    {
        VolumeFixture fixture = await NewAsync();
        return (fixture, (await fixture.MakeAsync(RootIno, "f")).Ino);
    }

    private static async Task<string> ListAsync(VolumeFixture fixture, Caller caller, ulong ino)
    {
        byte[] list = new byte[1000];
        FsResult<int> length = await fixture.Volume.ListXattrsAsync(caller, ino, list);
        return Encoding.UTF8.GetString(list, 0, length.Value);
    }
}
