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

    /// <summary>Names and targets lie in the tree itself: then the deletions of thousands cost more, at worst, than the reserve has.</summary>
    [Fact]
    public async Task A_volume_full_of_names_can_delete_them_all()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();
        long empty = AvailableIn(volume.Path);
        string target = new('t', 4000);
        int made = 0;
        Should.Throw<IOException>(() =>
        {
            while (true)
            {
                File.CreateSymbolicLink(LinkOf(volume.Path, made), target);
                made++;
            }
        });

        made.ShouldBeGreaterThan(4096, "a full queue of deletions is what makes the difference");
        for (int i = 0; i < made; i++)
        {
            Syscall.Unlink(LinkOf(volume.Path, i));
        }

        Directory.GetFileSystemEntries(volume.Path).ShouldBeEmpty();
        (await RoomComesBackAsync(volume.Path, empty - (empty / 8))).ShouldBeTrue($"{AvailableIn(volume.Path)} of {empty} bytes");
        volume.Check();
    }

    /// <summary>Deleting goes on after unlink(2) returned: for ten seconds at most.</summary>
    private static async Task<bool> RoomComesBackAsync(string path, long bytes)
    {
        for (int i = 0; i < 100 && AvailableIn(path) < bytes; i++)
        {
            await Task.Delay(100);
        }

        return AvailableIn(path) >= bytes;
    }

    private static long AvailableIn(string path) => new DriveInfo(path).AvailableFreeSpace;

    private static string LinkOf(string directory, int number) => Path.Combine(directory, new string('n', 240) + number.ToString(System.Globalization.CultureInfo.InvariantCulture));

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

    [Fact]
    public async Task Free_space_in_small_pieces_takes_large_files()
    {
        const int small = 10_000;
        const int smallBytes = 8 << 10;
        await using TestVolume volume = TestVolume.Create("--size", "192M");
        volume.Mount();
        for (int i = 0; i < small; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"small{i}"), ContentOf(i, smallBytes));
        }

        int inFreshSpace = FillUp(volume.Path);
        for (int i = 0; i < small; i += 2)
        {
            Syscall.Unlink(Path.Combine(volume.Path, $"small{i}"));
        }

        int inPieces = FillUp(volume.Path, inFreshSpace);

        // Its writer was told that there is no room, perhaps by close; what is left of it would be told once more when the volume is unmounted.
        File.Delete(NameOf(volume.Path, inFreshSpace + inPieces));
        inPieces.ShouldBeGreaterThan(small / 2 * smallBytes / (1 << 20) * 3 / 4, "free space in pieces was not used");
        volume.Remount();
        for (int i = 0; i < inFreshSpace + inPieces; i++)
        {
            File.ReadAllBytes(NameOf(volume.Path, i)).AsSpan().SequenceEqual(ContentOf(i)).ShouldBeTrue($"file {i} was accepted");
        }

        for (int i = 1; i < small; i += 2)
        {
            File.ReadAllBytes(Path.Combine(volume.Path, $"small{i}")).AsSpan().SequenceEqual(ContentOf(i, smallBytes)).ShouldBeTrue($"small file {i}");
        }

        volume.Check();
    }

    /// <summary>Writes files of 1 MiB until there is no room; how many were accepted whole.</summary>
    /// <summary>Each piece is a record of its own, and splits an older one: on a volume that is nearly full they are what the room goes to, not the bytes.</summary>
    [Fact]
    public async Task Scattered_pieces_on_a_full_volume_are_refused_or_kept_and_their_file_can_be_deleted()
    {
        const int apart = 600;
        byte[] piece = [1, 2, 3];
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount();
        string path = Path.Combine(volume.Path, "pieces");
        byte[] content = ContentOf(-1, 24 << 20);
        Syscall.WriteFile(path, content);
        int filled = FillUp(volume.Path);
        for (int i = 0; i < 2; i++)
        {
            Syscall.Unlink(NameOf(volume.Path, i));
        }

        int file = Syscall.OpenFile(path, Syscall.WriteOnly);
        try
        {
            for (int i = 0; i < content.Length / apart; i++)
            {
                Syscall.WriteAt(file, piece, (long)i * apart);
                piece.CopyTo(content, i * apart);
            }
        }
        catch (SyscallException fault) when (fault.Errno == SyscallException.NoSpace)
        {
        }

        Syscall.CloseFile(file);
        FillUp(volume.Path, filled);
        volume.Remount();
        File.ReadAllBytes(path).AsSpan().SequenceEqual(content).ShouldBeTrue("what was accepted");
        Syscall.Unlink(path);
        FillUp(volume.Path, 2 * filled).ShouldBeGreaterThan(18, "deleting gave no room");
        volume.Check();
    }

    private static int FillUp(string directory, int first = 0)
    {
        for (int i = first; ; i++)
        {
            try
            {
                Syscall.WriteFile(NameOf(directory, i), ContentOf(i));
            }
            catch (SyscallException fault) when (fault.Errno == SyscallException.NoSpace)
            {
                return i - first;
            }
        }
    }

    private static string NameOf(string directory, int i) => Path.Combine(directory, $"file{i}");

    private static byte[] ContentOf(int i, int length = 1 << 20)
    {
        byte[] content = new byte[length];
        new Random(i).NextBytes(content);
        return content;
    }
}
