using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests;

/// <summary>A mistake of our own in the middle of a checkpoint: nothing is lost, nothing more is written, and the process lives.</summary>
public sealed class UnforeseenFaultTests
{
    private const int Keys = 3000;

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task A_checkpoint_that_fails_unforeseen_turns_the_volume_read_only_and_keeps_what_was_committed(bool background)
    {
        var container = new TestContainer(ContainerProfile.Sealed, PlacementKind.Local);
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        container.Format(disk);
        var reports = new List<string>();
        var medium = new FaultyMedium(disk.Open());
        ContainerOptions options = TestContainer.Deterministic() with { Background = background, Report = reports.Add };
        await using (ContainerStore store = container.Open(medium, options))
        {
            await PutAsync(store);
            medium.IsFaulty = true;

            store.Checkpoint();

            medium.IsFaulty = false;
            store.IsReadOnly.ShouldBeTrue();
            reports.ShouldHaveSingleItem().ShouldContain(nameof(FaultyMedium));
            store.Checkpoint();
            await ShouldHoldAllAsync(store);
            var more = new StoreBatch();
            more.Put(Key(Keys), Value(Keys));
            (await store.CommitAsync(more)).Status.ShouldBe(CommitStatus.ReadOnly);
        }

        await using ContainerStore again = container.Open(disk.Open());
        await ShouldHoldAllAsync(again);
    }

    private static async Task PutAsync(ContainerStore store)
    {
        var batch = new StoreBatch();
        ulong last = 0;
        for (int i = 0; i < Keys; i++)
        {
            batch.Reset();
            batch.Put(Key(i), Value(i));
            CommitResult result = await store.CommitAsync(batch);
            result.Status.ShouldBe(CommitStatus.Committed);
            last = result.Sequence;
        }

        await store.MakeDurableAsync(last);
    }

    private static async Task ShouldHoldAllAsync(ContainerStore store)
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        for (int i = 0; i < Keys; i++)
        {
            StoreEntry entry = await store.GetAsync(Key(i), value);
            entry.Found.ShouldBeTrue($"key {i}");
            value.AsSpan(0, entry.Length).SequenceEqual(Value(i)).ShouldBeTrue($"key {i}");
        }
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[8];
        key[0] = 0x20;
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(4), number);
        return key;
    }

    private static byte[] Value(int i) => [.. Enumerable.Repeat((byte)i, 100)];

    private sealed class FaultyMedium(IMedium inner) : MediumDecorator(inner)
    {
        public bool IsFaulty { get; set; }

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            if (IsFaulty)
            {
                throw new InvalidOperationException("A mistake of the program's.");
            }

            base.Write(offset, data, mode);
        }
    }
}
