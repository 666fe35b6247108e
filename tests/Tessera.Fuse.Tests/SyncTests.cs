using System.Diagnostics;

namespace Tessera.Fuse.Tests;

/// <summary>What the kernel does not send (docs/semantics.md builds on it; a kernel that does will make this fail).</summary>
[Collection(MountCollection.Name)]
public sealed class SyncTests
{
    [Theory]
    [InlineData("--file-system")]
    [InlineData]
    public async Task Syncing_the_whole_file_system_does_not_reach_the_daemon(params string[] options)
    {
        var fileSystem = new FlatFileSystem();
        await using var mount = TestMount.Start(fileSystem);
        Sys.SizeOf(mount.At("f0")).ShouldBe(5);

        using var sync = Process.Start("sync", options.Length == 0 ? [] : [.. options, mount.Directory]);
        await sync.WaitForExitAsync(TestContext.Current.CancellationToken);

        sync.ExitCode.ShouldBe(0);
        fileSystem.Asked(FuseOpcode.SyncFs).ShouldBe(0);
    }
}
