using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>Handles mean the same file for as long as it exists, and nothing afterwards: what a server of NFS above a mount rests on.</summary>
[Trait("Campaign", "export")]
public sealed class FileHandleTests
{
    private const int DirectoryOnly = 0x10000;
    private const int Later = 200;

    [Theory]
    [InlineData(Ending.Unmounted)]
    [InlineData(Ending.Killed)]
    public async Task A_handle_opens_its_file_under_whatever_name_after_a_new_mount(Ending ending)
    {
        await using TestVolume volume = TestVolume.Mounted();
        string directory = Directory.CreateDirectory(Path.Combine(volume.Path, "one", "two")).FullName;
        string file = Path.Combine(directory, "file");
        Syscall.WriteFile(file, "content"u8);
        Syscall.WriteFile(Path.Combine(directory, "other"), "other"u8);
        FileHandle toFile = FileHandle.Of(file);
        FileHandle toDirectory = FileHandle.Of(directory);
        Syscall.Rename(file, Path.Combine(volume.Path, "moved"));
        MountAnew(volume, ending);

        Encoding.ASCII.GetString(toFile.Read(volume.Path)).ShouldBe("content");
        int opened = toDirectory.Open(volume.Path, DirectoryOnly);
        File.ReadAllText($"/proc/self/fd/{opened}/other").ShouldBe("other");
        Syscall.CloseFile(opened);

        opened = toFile.Open(volume.Path, Syscall.WriteOnly | Syscall.Append);
        Syscall.WriteAll(opened, ", and more"u8);
        Syscall.CloseFile(opened);
        File.ReadAllText(Path.Combine(volume.Path, "moved")).ShouldBe("content, and more");
        volume.Check();
    }

    [Theory]
    [InlineData(Ending.Unmounted)]
    [InlineData(Ending.Killed)]
    public async Task A_handle_of_a_removed_file_is_stale_and_never_another_file(Ending ending)
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Path.Combine(volume.Path, "file");
        string directory = Path.Combine(volume.Path, "directory");
        Syscall.WriteFile(file, "content"u8);
        Syscall.MakeDirectory(directory);
        FileHandle toFile = FileHandle.Of(file);
        FileHandle toDirectory = FileHandle.Of(directory);
        toFile.TryOpen(volume.Path).ShouldBe(0);
        Syscall.Unlink(file);
        Syscall.RemoveDirectory(directory);
        MakeOthers(volume, "before");
        (toFile.TryOpen(volume.Path), toDirectory.TryOpen(volume.Path)).ShouldBe((FileHandle.Stale, FileHandle.Stale));

        MountAnew(volume, ending);
        MakeOthers(volume, "after");
        (toFile.TryOpen(volume.Path), toDirectory.TryOpen(volume.Path)).ShouldBe((FileHandle.Stale, FileHandle.Stale));
        volume.Check();
    }

    /// <summary>The kernel forgets inodes when memory is short; a handle must lead to one it has forgotten.</summary>
    [Fact]
    public async Task A_handle_opens_a_file_that_the_kernel_has_forgotten()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Path.Combine(volume.Path, "file");
        Syscall.WriteFile(file, "content"u8);
        FileHandle handle = FileHandle.Of(file);
        Programs.Run("/", "sync");
        File.WriteAllText("/proc/sys/vm/drop_caches", "3");
        volume.Stats().GetProperty("cache").GetProperty("inodes_known_to_kernel").GetInt32().ShouldBeLessThanOrEqualTo(1);
        Encoding.ASCII.GetString(handle.Read(volume.Path)).ShouldBe("content");
        volume.Check();
    }

    private static void MountAnew(TestVolume volume, Ending ending)
    {
        if (ending == Ending.Killed)
        {
            volume.Kill();
        }
        else
        {
            volume.Unmount();
        }

        volume.Mount();
    }

    private static void MakeOthers(TestVolume volume, string name)
    {
        for (int i = 0; i < Later; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"{name}{i}"), "another"u8);
        }
    }
}
