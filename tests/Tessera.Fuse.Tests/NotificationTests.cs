using System.Text;

namespace Tessera.Fuse.Tests;

/// <summary>Each notification seen through what the kernel then asks, or no longer asks.</summary>
[Collection(MountCollection.Name)]
public sealed class NotificationTests
{
    private const ulong Root = FuseFileSystem.RootNodeId;
    private const ulong File0 = FlatFileSystem.FirstFile;

    [Fact]
    public async Task Invalidated_attributes_are_asked_for_again()
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        fileSystem.Content = "world!"u8.ToArray();
        Sys.SizeOf(mount.At("f0")).ShouldBe(5, "still cached");
        mount.Notifier.InvalidateInode(File0, offset: -1).ShouldBe(Errno.None);

        Sys.SizeOf(mount.At("f0")).ShouldBe(6);
    }

    [Fact]
    public async Task Invalidated_data_is_read_again()
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Read(mount).ShouldBe("hello");

        fileSystem.Content = "world"u8.ToArray();
        Read(mount).ShouldBe("hello", "still cached");
        mount.Notifier.InvalidateInode(File0).ShouldBe(Errno.None);

        Read(mount).ShouldBe("world");
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Invalidated_or_expired_name_is_looked_up_again(bool expireOnly)
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        fileSystem.Asked(FuseOpcode.Lookup).ShouldBe(1);

        mount.Notifier.InvalidateEntry(Root, "f0"u8, expireOnly).ShouldBe(Errno.None);

        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        fileSystem.Asked(FuseOpcode.Lookup).ShouldBe(2);
    }

    [Fact]
    public async Task Deleted_name_is_gone_for_those_who_hold_it()
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        fileSystem.FileCount = 0;
        Sys.SizeOf(mount.At("f0")).ShouldBe(5, "still cached");
        mount.Notifier.Delete(Root, File0, "f0"u8).ShouldBe(Errno.None);

        Sys.SizeOf(mount.At("f0")).ShouldBe(-(long)Errno.ENOENT);
    }

    [Fact]
    public async Task Stored_data_is_read_without_asking_and_can_be_retrieved()
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        mount.Notifier.Store(File0, 0, "abcde"u8).ShouldBe(Errno.None);
        Read(mount).ShouldBe("abcde");
        fileSystem.Asked(FuseOpcode.Read).ShouldBe(0);
        mount.Notifier.Retrieve(File0, 1, 3).ShouldBe(Errno.None);

        Encoding.UTF8.GetString(await fileSystem.RetrievedData.Task.Soon()).ShouldBe("bcd");
    }

    [Fact]
    public async Task New_epoch_makes_every_name_be_looked_up_again()
    {
        var fileSystem = Cached();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        Assert.SkipUnless(mount.Mount.Server.Connection!.Minor >= 44, "this kernel has no epochs (7.44)");

        mount.Notifier.IncrementEpoch().ShouldBe(Errno.None);

        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        fileSystem.Asked(FuseOpcode.Lookup).ShouldBe(2);
    }

    [Fact]
    public async Task Unknown_inode_or_name_is_ENOENT()
    {
        await using var mount = TestMount.Start(Cached());
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        mount.Notifier.InvalidateInode(4711).ShouldBe(Errno.ENOENT);
        mount.Notifier.InvalidateEntry(Root, "never seen"u8).ShouldBe(Errno.ENOENT);
        mount.Notifier.InvalidateEntry(Root, default).ShouldBe(Errno.EINVAL);
    }

    [Fact]
    public async Task Connection_that_has_ended_is_ENODEV()
    {
        var mount = TestMount.Start(Cached());
        var notifier = mount.Notifier;
        await mount.DisposeAsync();

        notifier.InvalidateInode(File0).ShouldBe(Errno.ENODEV);
    }

    private static FlatFileSystem Cached() => new() { Timeout = TimeSpan.FromHours(1), OpenFlags = OpenOutFlags.KeepCache };

    private static string Read(TestMount mount) => File.ReadAllText(mount.At("f0"));
}
