using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>Many blocks of a scattered container are written at once: what becomes of it when that fails.</summary>
public sealed class RunWritingTests
{
    private const long Size = 64L << 20;
    private const int Count = 100;
    private readonly TestContainer scattered = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    /// <summary>The first pieces are written, the others not, and nobody has the slots of those.</summary>
    [Fact]
    public async Task Blocks_for_which_the_host_has_no_room_give_their_slots_back()
    {
        scattered.Format(disk, Size);
        var medium = new FailingMedium(disk.Open());
        await using ContainerStore store = scattered.Open(medium, TestContainer.Deterministic() with { Decoys = 0 });
        ulong before = store.GetStatistics().UsedBytes;
        var blocks = new BlockReference[Count];

        medium.Left = 1;
        medium.Fault = MediumFault.NoSpace;
        int written = await store.WriteBlocksAsync(new byte[Count * store.MaxBlockLength], store.MaxBlockLength, blocks);
        medium.Left = int.MaxValue;

        written.ShouldBeInRange(1, Count - 1);
        store.GetStatistics().UsedBytes.ShouldBe(before + ((ulong)written * Geometry.SlotSize));
        Array.ForEach(blocks[..written], store.DiscardBlock);
        store.GetStatistics().UsedBytes.ShouldBe(before);
        store.IsReadOnly.ShouldBeFalse();
    }

    [Fact]
    public async Task Blocks_that_a_disk_fails_to_write_make_the_container_read_only()
    {
        scattered.Format(disk, Size);
        var medium = new FailingMedium(disk.Open());
        await using ContainerStore store = scattered.Open(medium, TestContainer.Deterministic());

        medium.Left = 0;
        await Should.ThrowAsync<MediumException>(async () => await store.WriteBlocksAsync(new byte[Count * store.MaxBlockLength], store.MaxBlockLength, new BlockReference[Count]));

        store.IsReadOnly.ShouldBeTrue();
    }

    private sealed class FailingMedium(IMedium inner) : MediumDecorator(inner)
    {
        public int Left { get; set; } = int.MaxValue;

        public MediumFault Fault { get; set; } = MediumFault.Failed;

        public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
        {
            if (Left-- <= 0)
            {
                throw new MediumException(Fault, "No more.");
            }

            for (int i = 0; i < offsets.Length; i++)
            {
                Write(offsets[i], data.Slice(i * (data.Length / offsets.Length), data.Length / offsets.Length), mode);
            }
        }
    }
}
