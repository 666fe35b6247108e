using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Scale;

[Trait("Campaign", "scale")]
public sealed class IdleDaemonTests
{
    private const double MostMiB = 60;
    private const int Windows = 6;
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(4);

    [Fact]
    public async Task An_idle_daemon_takes_no_processor_time_and_little_memory()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Programs.Shell(volume.Path, "mkdir a && echo hello > a/b && cat a/b && ls -lR");
        var daemon = new DaemonProbe(volume.DaemonId);

        // What was just written is made durable in the background first; after that nothing may move.
        long spent = long.MaxValue;
        for (int i = 0; i < Windows && spent != 0; i++)
        {
            long before = daemon.ProcessorTicks;
            await Task.Delay(Window, TestContext.Current.CancellationToken);
            spent = daemon.ProcessorTicks - before;
        }

        spent.ShouldBe(0, "clock ticks in the last window");
        daemon.ResidentMiB.ShouldBeLessThan(MostMiB);
        volume.Check();
    }
}
