using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Serving;

namespace Tessera.Host.Tests;

public sealed class IdleWatchTests
{
    private readonly ManualClock clock = new();
    private long requests;
    private bool inUse;
    private int unmounts;

    [Fact]
    public void A_mount_without_a_request_for_the_time_is_unmounted_once()
    {
        using IdleWatch watch = Watch();

        clock.Advance(TimeSpan.FromMinutes(9));
        unmounts.ShouldBe(0);
        clock.Advance(TimeSpan.FromMinutes(60));
        unmounts.ShouldBe(1);
    }

    [Fact]
    public void Each_request_puts_it_off()
    {
        using IdleWatch watch = Watch();

        for (int i = 0; i < 20; i++)
        {
            clock.Advance(TimeSpan.FromMinutes(5));
            requests++;
        }

        unmounts.ShouldBe(0);
        clock.Advance(TimeSpan.FromMinutes(13));
        unmounts.ShouldBe(1);
    }

    [Fact]
    public void A_mount_in_use_stays_and_is_tried_again_a_whole_time_later()
    {
        inUse = true;
        using IdleWatch watch = Watch();

        clock.Advance(TimeSpan.FromMinutes(19));
        tries.ShouldBe(1);
        clock.Advance(TimeSpan.FromMinutes(8));
        (tries, unmounts).ShouldBe((2, 0));
        inUse = false;
        clock.Advance(TimeSpan.FromMinutes(13));
        unmounts.ShouldBe(1);
    }

    [Theory]
    [InlineData("10m", 600)]
    [InlineData("90s", 90)]
    [InlineData("90", 90)]
    [InlineData("2h", 7200)]
    [InlineData("30d", 2592000)]
    public void Times_are_read_as_they_are_written(string text, int seconds)
    {
        Duration.Parse(text).TotalSeconds.ShouldBe(seconds);
        MountOptionParser.Parse([$"idle={text}"]).IdleSeconds.ShouldBe(seconds);
    }

    [Theory]
    [InlineData("0")]
    [InlineData("31d")]
    [InlineData("-1")]
    [InlineData("m")]
    [InlineData("")]
    [InlineData("10x")]
    [InlineData("99999999999999")]
    public void Anything_else_is_refused(string text) => Should.Throw<CommandException>(() => Duration.Parse(text)).Code.ShouldBe(ExitCode.Usage);

    private int tries;

    private IdleWatch Watch() => new(TimeSpan.FromMinutes(10), () => requests, TryUnmount, clock);

    private bool TryUnmount()
    {
        tries++;
        unmounts += inUse ? 0 : 1;
        return !inUse;
    }
}
