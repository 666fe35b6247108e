using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Faults;

/// <summary>A volume of the shipped command on a <see cref="FaultyDisk"/>.</summary>
internal sealed class FaultyVolume : IAsyncDisposable
{
    private FaultyVolume(TestVolume volume, FaultyDisk disk)
    {
        Volume = volume;
        Disk = disk;
    }

    public TestVolume Volume { get; }

    public FaultyDisk Disk { get; }

    public static FaultyVolume Mounted(bool ignoresFlushes = false)
    {
        TestVolume volume = TestVolume.Create();
        string backing = Path.Combine(volume.Scratch, "backing");
        File.Move(volume.Volume, backing);
        var disk = new FaultyDisk(backing, Path.Combine(volume.Scratch, "disk")) { IgnoresFlushes = ignoresFlushes };
        File.CreateSymbolicLink(volume.Volume, disk.Vault);
        volume.Expect("store", "write_back_failed", "background_fault", "request_failed", "ended", "close", "file_damaged");
        volume.Mount();
        return new FaultyVolume(volume, disk);
    }

    public string At(string name) => Path.Combine(Volume.Path, name);

    /// <summary>Creates a file and syncs it: what it holds then must never be lost.</summary>
    public void WriteAndSync(string name, byte[] content)
    {
        int file = Syscall.OpenFile(At(name), Syscall.WriteOnly | Syscall.Create | Syscall.Truncate);
        try
        {
            Syscall.WriteAll(file, content);
            Syscall.SyncFile(file);
        }
        finally
        {
            Syscall.DropFile(file);
        }
    }

    /// <summary>Unmounts, whatever the daemon has to say of what it could not write; the mount and the process must be gone.</summary>
    public void UnmountFaulted()
    {
        TesseraCommand.Run("umount", Volume.Path).ExitCode.ShouldBeLessThan(2);
        TestVolume.MountsBelow(Volume.Scratch).ShouldNotContain(Volume.Path);
        Volume.WaitForDaemon();
    }

    /// <summary>The power fails, if it has not, and comes back: the daemon is gone, and of what was not flushed the disk has some.</summary>
    public void LosePower(Random random)
    {
        Disk.CutPower();
        Volume.Kill();
        Disk.RestorePower(random);
    }

    public bool IsLogged(string name, string text) =>
        Volume.Log.Any(line => line.GetProperty("event").GetString() == name && line.ToString().Contains(text, StringComparison.Ordinal));

    public bool IsReadOnly => Volume.Info().GetProperty("read_only").ValueKind == JsonValueKind.True;

    public async ValueTask DisposeAsync()
    {
        Disk.Heal();
        Volume.DetachMount();
        await Disk.DisposeAsync();
        await Volume.DisposeAsync();
    }
}
