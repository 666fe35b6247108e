using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.KillRounds;

/// <summary>Programs that never call fsync.</summary>
public sealed class UnsyncedWriteTests
{
    private const int Flags = 0x241; // O_WRONLY | O_CREAT | O_TRUNC
    private const int Files = 50;
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(100);

    [Fact]
    public async Task What_was_written_becomes_durable_although_nobody_asks()
    {
        await using TestVolume volume = TestVolume.Mounted();
        for (int i = 0; i < Files; i++)
        {
            Syscall.WriteFile(Path.Combine(volume.Path, $"closed{i}"), new byte[10_000]);
        }

        string open = Path.Combine(volume.Path, "open");
        int file = Syscall.OpenFile(open, Flags);
        Syscall.WriteAll(file, new byte[3_000_000]);

        // Nothing but time passes. The watchdog ends a wait that has no end.
        using var look = new PeriodicTimer(s_look);
        while (!volume.IsDurable)
        {
            (await look.WaitForNextTickAsync(TestContext.Current.CancellationToken)).ShouldBeTrue();
        }

        volume.Kill();
        Syscall.DropFile(file);
        volume.Mount();
        new FileInfo(open).Length.ShouldBe(3_000_000);
        volume.Check();
    }
}
