using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>Disks that cannot be written, or are full.</summary>
public sealed class MediumTests
{
    [Fact]
    public async Task A_read_only_medium_mounts_read_only_and_not_otherwise()
    {
        await using TestVolume volume = TestVolume.Mounted();
        File.WriteAllText(Path.Combine(volume.Path, "file"), "content");
        volume.Unmount();
        await using var medium = new ScratchDisk(volume.Scratch, "256M");
        File.Move(volume.Volume, Path.Combine(medium.Path, "vault"));
        medium.MakeReadOnly();
        string vault = Path.Combine(medium.Path, "vault");

        TesseraCommand.Run("mount", vault, volume.Path, "--passphrase-file", volume.PassphraseFile).ExitCode.ShouldBe(9);
        TesseraCommand.Do("mount", vault, volume.Path, "--passphrase-file", volume.PassphraseFile, "--read-only");

        File.ReadAllText(Path.Combine(volume.Path, "file")).ShouldBe("content");
        Should.Throw<SyscallException>(() => Syscall.WriteFile(Path.Combine(volume.Path, "new"), [1])).Errno.ShouldBe(SyscallException.ReadOnlyFileSystem);
        TesseraCommand.Do("umount", volume.Path);
    }

    [Fact]
    public async Task A_disk_without_room_for_a_volume_is_said_to_be_full_and_nothing_is_left_on_it()
    {
        await using var place = new HostDirectory();
        await using var medium = new ScratchDisk(place.Scratch, "32M");

        TesseraCommand.Run("init", Path.Combine(medium.Path, "vault"), "--profile", "plain").ExitCode.ShouldBe(10);

        Directory.EnumerateFileSystemEntries(medium.Path).ShouldBeEmpty();
    }

    [Theory]
    [InlineData("the volume's own limit")]
    [InlineData("the disk beneath")]
    public async Task A_full_volume_says_so_keeps_what_it_accepted_and_can_delete(string limit)
    {
        bool ownLimit = limit == "the volume's own limit";
        await using TestVolume volume = TestVolume.Create(ownLimit ? ["--size", "128M"] : []);
        await using var medium = new ScratchDisk(volume.Scratch, "200M");
        if (!ownLimit)
        {
            File.Move(volume.Volume, Path.Combine(medium.Path, "vault"));
            File.CreateSymbolicLink(volume.Volume, Path.Combine(medium.Path, "vault"));
        }

        volume.Mount();
        int accepted = FillUp(volume.Path);

        accepted.ShouldBeGreaterThan(30);
        volume.Remount();
        for (int i = 0; i < accepted; i++)
        {
            File.ReadAllBytes(NameOf(volume.Path, i)).AsSpan().SequenceEqual(ContentOf(i)).ShouldBeTrue($"file {i} was accepted");
        }

        for (int i = 0; i < accepted; i++)
        {
            Syscall.Unlink(NameOf(volume.Path, i));
        }

        FillUp(volume.Path).ShouldBeGreaterThan(accepted / 2, "deleting gave no room");
        volume.Check();
    }

    /// <summary>Writes files of 1 MiB until there is no room; how many were accepted whole.</summary>
    private static int FillUp(string directory)
    {
        for (int i = 0; ; i++)
        {
            try
            {
                Syscall.WriteFile(NameOf(directory, i), ContentOf(i));
            }
            catch (SyscallException fault) when (fault.Errno == SyscallException.NoSpace)
            {
                return i;
            }
        }
    }

    private static string NameOf(string directory, int i) => Path.Combine(directory, $"file{i}");

    private static byte[] ContentOf(int i)
    {
        byte[] content = new byte[1 << 20];
        new Random(i).NextBytes(content);
        return content;
    }
}
