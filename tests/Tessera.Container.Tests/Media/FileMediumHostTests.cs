using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>Hosts that are full or read-only, and block devices: made with mounts, so only root can run them.</summary>
public sealed class FileMediumHostTests : IDisposable
{
    private const int Page = 4096;
    private const int Mebibyte = 1024 * 1024;

    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();
    private bool isMounted;
    private string? loop;

    private string MountPoint => directory.File("host");

    private string Volume => Path.Combine(MountPoint, "volume");

    public void Dispose()
    {
        if (isMounted)
        {
            HostCommand.Run("umount", "--lazy", MountPoint);
        }

        if (loop is not null)
        {
            HostCommand.Run("losetup", "--detach", loop);
        }

        directory.Dispose();
    }

    [Theory]
    [InlineData("tmpfs")]
    [InlineData("ext4")]
    public void Grow_on_a_full_host_has_no_space_and_changes_nothing(string fileSystem)
    {
        Mount(fileSystem);
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        byte[] data = new byte[Page];
        data.AsSpan().Fill(0xa5);
        medium.Write(Mebibyte - Page, data, WriteMode.Direct);
        long freeBefore = medium.HostFreeBytes;
        freeBefore.ShouldBeLessThan(16 * Mebibyte);

        FaultOf(() => medium.Grow(64 * Mebibyte)).ShouldBe(MediumFault.NoSpace);

        medium.Length.ShouldBe(Mebibyte);
        new FileInfo(Volume).Length.ShouldBe(Mebibyte);
        medium.HostFreeBytes.ShouldBeGreaterThan(freeBefore - (64 * 1024), "the space taken before the failure was not given back");
        medium.Read(Mebibyte - Page, data);
        data.ShouldAllBe(value => value == 0xa5);
        medium.Grow(2 * Mebibyte);
        medium.Length.ShouldBe(2 * Mebibyte);
    }

    [Fact]
    public void Create_on_a_full_host_leaves_no_file_behind()
    {
        Mount("ext4");
        FaultOf(() => FileMedium.Create(Volume, 64 * Mebibyte).Dispose()).ShouldBe(MediumFault.NoSpace);
        File.Exists(Volume).ShouldBeFalse();
    }

    [Fact]
    public void Medium_on_a_read_only_mount_is_read_only_and_can_be_read()
    {
        Mount("ext4");
        FileMedium.Create(Volume, Mebibyte).Dispose();
        HostCommand.Run("mount", "-o", "remount,ro", MountPoint).ExitCode.ShouldBe(0);
        FaultOf(() => FileMedium.Open(Volume).Dispose()).ShouldBe(MediumFault.ReadOnly);
        FaultOf(() => FileMedium.Create(Volume + "2", Mebibyte).Dispose()).ShouldBe(MediumFault.ReadOnly);
        using FileMedium medium = FileMedium.Open(Volume, new FileMediumOptions { ReadOnly = true });
        medium.Read(0, new byte[Page]);
    }

    [Fact]
    public void Medium_that_no_one_may_write_is_read_only()
    {
        Mount("ext4");
        FileMedium.Create(Volume, Mebibyte).Dispose();
        HostCommand.Run("chattr", "+i", Volume).ExitCode.ShouldBe(0);
        MediumFault fault = FaultOf(() => FileMedium.Open(Volume).Dispose());
        HostCommand.Run("chattr", "-i", Volume).ExitCode.ShouldBe(0);
        fault.ShouldBe(MediumFault.ReadOnly);
    }

    [Fact]
    public void Host_without_direct_io_allocation_and_punching_is_served_as_well_as_it_can_be()
    {
        // ramfs has none of the three.
        SkipUnlessRoot();
        Directory.CreateDirectory(MountPoint);
        HostCommand.Run("mount", "-t", "ramfs", "tessera-test", MountPoint).ExitCode.ShouldBe(0);
        isMounted = true;
        using FileMedium medium = FileMedium.Create(Volume, Mebibyte);
        medium.IsDirect.ShouldBeFalse();
        medium.Grow(2 * Mebibyte);
        byte[] data = new byte[Page];
        data.AsSpan().Fill(0x3c);
        medium.Write(Mebibyte, data, WriteMode.Direct);
        medium.Punch(0, Mebibyte);
        byte[] read = new byte[Page];
        medium.Read(Mebibyte, read);
        read.ShouldBe(data);
        new FileInfo(Volume).Length.ShouldBe(2 * Mebibyte);
    }

    [Fact]
    public void Block_device_has_its_own_length_and_cannot_grow()
    {
        AttachLoop();
        using FileMedium medium = FileMedium.Open(loop.ShouldNotBeNull());
        medium.Length.ShouldBe(16 * Mebibyte);
        medium.HostFreeBytes.ShouldBe(long.MaxValue, "all of it is there already: nothing has to be given back to anybody");
        byte[] data = new byte[Page];
        data.AsSpan().Fill(0x5a);
        foreach (WriteMode mode in Enum.GetValues<WriteMode>())
        {
            data[0] = (byte)mode;
            medium.Write(medium.Length - Page, data, mode);
            byte[] read = new byte[Page];
            medium.Read(medium.Length - Page, read);
            read.ShouldBe(data);
        }

        medium.Punch(0, Mebibyte);
        medium.Flush();
        FaultOf(() => medium.Grow(32 * Mebibyte)).ShouldBe(MediumFault.NoSpace);
    }

    [Fact]
    public void Block_device_that_is_mounted_is_in_use()
    {
        Mount("ext4");
        FaultOf(() => FileMedium.Open(loop.ShouldNotBeNull()).Dispose()).ShouldBe(MediumFault.InUse);
    }

    private static MediumFault FaultOf(Action action) => Should.Throw<MediumException>(action).Fault;

    private static void SkipUnlessRoot() => Assert.SkipUnless(Environment.IsPrivilegedProcess, "Mounting needs root.");

    /// <summary>A file system of 16 MiB.</summary>
    private void Mount(string fileSystem)
    {
        SkipUnlessRoot();
        Directory.CreateDirectory(MountPoint);
        if (fileSystem == "tmpfs")
        {
            HostCommand.Run("mount", "-t", "tmpfs", "-o", "size=16m", "tessera-test", MountPoint).ExitCode.ShouldBe(0);
        }
        else
        {
            AttachLoop();
            HostCommand.Run("mkfs.ext4", "-q", loop.ShouldNotBeNull()).ExitCode.ShouldBe(0);
            HostCommand.Run("mount", loop, MountPoint).ExitCode.ShouldBe(0);
        }

        isMounted = true;
    }

    private void AttachLoop()
    {
        SkipUnlessRoot();
        string backing = directory.File("backing");
        using (FileStream file = File.Create(backing))
        {
            file.SetLength(16 * Mebibyte);
        }

        (int exitCode, string name) = HostCommand.Run("losetup", "--find", "--show", backing);
        Assert.SkipUnless(exitCode == 0, "This machine gives no loop device.");
        loop = name;
    }
}
