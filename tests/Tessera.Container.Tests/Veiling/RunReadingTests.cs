using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Veiling;

/// <summary>Many blocks of a scattered container are asked for at once: what becomes of it when one of them is not to be had.</summary>
public sealed class RunReadingTests
{
    private const long Size = 64L << 20;
    private const int Count = 40;
    private const int Bad = 17;
    private readonly TestContainer scattered = new(ContainerProfile.Scattered, PlacementKind.Scattered);
    private readonly SimulatedDisk disk = new(TestContainer.Disk(1));

    [Theory]
    [InlineData(true)]
    [InlineData(false)]
    public async Task One_block_that_is_not_to_be_had_fails_the_run_and_no_other_block(bool unreadable)
    {
        scattered.Format(disk, Size);
        var medium = new SpoiledMedium(disk.Open());
        await using ContainerStore store = scattered.Open(medium, TestContainer.Deterministic());
        BlockReference[] blocks = await WriteAsync(store);
        medium.Spoil(SlotAddress.Offset(blocks[Bad].Address), unreadable);

        await Should.ThrowAsync<StoreDamageException>(async () => await store.ReadBlocksAsync(blocks, new byte[Count * Geometry.UnitSize]));

        byte[] before = new byte[Bad * Geometry.UnitSize];
        await store.ReadBlocksAsync(blocks.AsMemory(0, Bad), before);
        before.SequenceEqual(ContentOf(0, Bad)).ShouldBeTrue();
        byte[] behind = new byte[(Count - Bad - 1) * Geometry.UnitSize];
        await store.ReadBlocksAsync(blocks.AsMemory(Bad + 1), behind);
        behind.SequenceEqual(ContentOf(Bad + 1, Count)).ShouldBeTrue();
    }

    /// <summary>What fails when all are asked for at once, and not when one is, is no damage.</summary>
    [Fact]
    public async Task A_disk_that_refuses_many_at_once_is_read_one_by_one()
    {
        scattered.Format(disk, Size);
        var medium = new SpoiledMedium(disk.Open()) { RefusesMany = true };
        await using ContainerStore store = scattered.Open(medium, TestContainer.Deterministic());
        BlockReference[] blocks = await WriteAsync(store);

        byte[] read = new byte[Count * Geometry.UnitSize];
        await store.ReadBlocksAsync(blocks, read);

        read.SequenceEqual(ContentOf(0, Count)).ShouldBeTrue();
        medium.Refused.ShouldBeGreaterThan(0);
    }

    private static async Task<BlockReference[]> WriteAsync(ContainerStore store)
    {
        var blocks = new BlockReference[Count];
        for (int i = 0; i < Count; i++)
        {
            blocks[i] = (await store.WriteBlockAsync(ContentOf(i, i + 1))).ShouldNotBeNull();
        }

        return blocks;
    }

    private static byte[] ContentOf(int from, int to) => [.. Enumerable.Range(from, to - from).SelectMany(i => Enumerable.Repeat((byte)(i + 1), Geometry.UnitSize))];

    private sealed class SpoiledMedium(IMedium inner) : MediumDecorator(inner)
    {
        private long spoiled = -1;
        private bool isUnreadable;

        public bool RefusesMany { get; init; }

        public int Refused { get; private set; }

        public void Spoil(long offset, bool unreadable)
        {
            spoiled = offset;
            isUnreadable = unreadable;
        }

        public override void Read(long offset, Span<byte> buffer)
        {
            base.Read(offset, buffer);
            if (spoiled >= offset && spoiled < offset + buffer.Length)
            {
                if (isUnreadable)
                {
                    throw new MediumException(MediumFault.Failed, "A bad sector.");
                }

                buffer[(int)(spoiled - offset)] ^= 1;
            }
        }

        public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer)
        {
            if (RefusesMany)
            {
                Refused++;
                throw new MediumException(MediumFault.Failed, "Too many at once.");
            }

            for (int i = 0; i < offsets.Length; i++)
            {
                Read(offsets[i], buffer.Slice(i * Geometry.SlotSize, Geometry.SlotSize));
            }
        }
    }
}
