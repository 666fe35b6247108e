using Tessera.Core.FileSystem;
using Tessera.Testing;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>Blocks of one file are written several at a time.</summary>
public sealed class ParallelWriteTests
{
    private const int Length = 6 << 20;

    [Fact]
    public async Task One_block_is_sealed_while_the_store_takes_another()
    {
        Assert.SkipWhen(Environment.ProcessorCount < 2, "With one processor there is nothing to do at the same time.");
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(FsLimits.RootInode, "large");
        byte[] content = Pattern(Length, seed: 5);
        TaskCompletionSource together = new(TaskCreationOptions.RunContinuationsAsynchronously);
        int under = 0;
        fixture.Store.Delay = async () =>
        {
            if (Interlocked.Increment(ref under) >= 2)
            {
                together.TrySetResult();
            }

            await Task.WhenAny(together.Task, Task.Delay(TestLimits.Patience));
            Interlocked.Decrement(ref under);
        };

        await fixture.WriteAsync(file.Ino, 0, content);
        await fixture.FlushAsync(file.Ino);

        together.Task.IsCompleted.ShouldBeTrue("each call of the store waited for the one before it");
        (await fixture.ReadAsync(file.Ino, length: Length)).ShouldBe(content);
    }

    [Fact]
    public async Task Blocks_that_found_no_room_are_kept_and_written_later()
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(FsLimits.RootInode, "large");
        byte[] content = Pattern(Length, seed: 6);
        await fixture.WriteAsync(file.Ino, 0, content);
        fixture.Store.RefuseBlocks = true;

        (await fixture.Volume.FlushAsync(Root, file.Ino, 0)).ShouldBe(FsError.NoSpace);
        (await fixture.ReadAsync(file.Ino, length: Length)).ShouldBe(content);

        fixture.Store.RefuseBlocks = false;
        await fixture.FlushAsync(file.Ino);
        await fixture.ReopenAsync();
        (await fixture.ReadAsync(file.Ino, length: Length)).ShouldBe(content);
    }
}
