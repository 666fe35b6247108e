using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests;

/// <summary>A container is overwritten with a copy that was mounted elsewhere, while it is open here.</summary>
public sealed class OtherWriterTests
{
    private const int Keys = 3000;

    [Theory]
    [InlineData(PlacementKind.Local)]
    [InlineData(PlacementKind.Scattered)]
    public async Task A_checkpoint_over_another_writers_container_writes_no_node_and_no_root(PlacementKind placement)
    {
        var container = new TestContainer(ContainerProfile.Sealed, placement);
        var disk = new SimulatedDisk(TestContainer.Disk(1));
        container.Format(disk);
        var elsewhere = new SimulatedDisk(disk.ImageAfterKill(), TestContainer.Disk(2));
        await using (ContainerStore there = container.Open(elsewhere.Open()))
        {
            await PutAsync(there, 1);
        }

        SimulatedMedium medium = disk.Open();
        await using (ContainerStore here = container.Open(medium))
        {
            Copy(elsewhere, medium);
            await PutAsync(here, 2);

            here.Checkpoint();

            here.IsReadOnly.ShouldBeTrue();
            here.Fault.ShouldNotBeNull().Message.ShouldContain("Another writer");
        }

        using (SimulatedMedium check = disk.Open(readOnly: true))
        {
            container.Check(check).Findings.ShouldBeEmpty();
        }

        await using ContainerStore again = container.Open(disk.Open());
        for (int i = 0; i < Keys; i++)
        {
            byte[] value = new byte[StoreLimits.MaxValue];
            StoreEntry entry = await again.GetAsync(Key(i), value);
            entry.Found.ShouldBeTrue($"key {i}");
            value[0].ShouldBe((byte)1, $"key {i}");
        }
    }

    private static void Copy(SimulatedDisk from, SimulatedMedium to)
    {
        using SimulatedMedium source = from.Open(readOnly: true);
        var buffer = new AlignedBuffer(1 << 20);
        to.Length.ShouldBeLessThanOrEqualTo(source.Length);
        to.Grow(source.Length);
        for (long at = 0; at < source.Length; at += buffer.Span.Length)
        {
            source.Read(at, buffer.Span);
            to.Write(at, buffer.Span, WriteMode.Durable);
        }
    }

    private static async Task PutAsync(ContainerStore store, byte writer)
    {
        var batch = new StoreBatch();
        byte[] value = new byte[200];
        for (int i = 0; i < Keys; i++)
        {
            batch.Reset();
            value[0] = writer;
            batch.Put(Key(i), value);
            (await store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
        }
    }

    private static byte[] Key(int number)
    {
        byte[] key = new byte[8];
        key[0] = 0x20;
        BinaryPrimitives.WriteInt32BigEndian(key.AsSpan(4), number);
        return key;
    }
}
