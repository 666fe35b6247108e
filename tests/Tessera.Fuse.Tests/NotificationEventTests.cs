namespace Tessera.Fuse.Tests;

/// <summary>What inotify watches at a mount are told when the daemon notifies the kernel: the table in docs/limits-of-fuse.md ("A watch beside a notification").</summary>
[Collection(MountCollection.Name)]
public sealed class NotificationEventTests
{
    private const ulong Root = FuseFileSystem.RootNodeId;
    private const ulong File0 = FlatFileSystem.FirstFile;

    [Theory]
    [InlineData("InvalidateInode attributes", "", "")]
    [InlineData("InvalidateInode data", "", "")]
    [InlineData("InvalidateInode parent", "", "")]
    [InlineData("InvalidateEntry", "", "")]
    [InlineData("InvalidateEntry expire", "", "")]
    [InlineData("Delete", "", "DELETE_SELF, IGNORED")]
    [InlineData("Store", "", "")]
    [InlineData("IncrementEpoch", "", "")]
    public async Task A_watch_beside_a_notification_is_told(string notification, string byDirectory, string byFile)
    {
        await using var mount = TestMount.Start(new FlatFileSystem { Timeout = TimeSpan.FromHours(1), OpenFlags = OpenOutFlags.KeepCache });
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);
        using var directory = new Watch(mount.Directory);
        using var file = new Watch(mount.At("f0"));
        var notifier = mount.Notifier;

        var outcome = notification switch
        {
            "InvalidateInode attributes" => notifier.InvalidateInode(File0, offset: -1),
            "InvalidateInode data" => notifier.InvalidateInode(File0),
            "InvalidateInode parent" => notifier.InvalidateInode(Root),
            "InvalidateEntry" => notifier.InvalidateEntry(Root, "f0"u8),
            "InvalidateEntry expire" => notifier.InvalidateEntry(Root, "f0"u8, expireOnly: true),
            "Delete" => notifier.Delete(Root, File0, "f0"u8),
            "Store" => notifier.Store(File0, 0, "abcdef"u8),
            _ => notifier.IncrementEpoch(),
        };

        outcome.ShouldBe(Errno.None);
        (directory.Take(), file.Take()).ShouldBe((byDirectory, byFile));
    }
}
