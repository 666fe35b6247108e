using System.Buffers.Binary;
using Tessera.Container.Media;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Media;

/// <summary>Whether the simulation can find what it is for: a protocol of blocks and records, once right and then with each classic mistake in it.</summary>
public sealed class SimulatedDiskBugTests
{
    private const int Page = 4096;
    private const int Sector = 512;
    private const int Blocks = 40;
    private const int FirstBlock = 64 * Page;
    private const int Cuts = 400;

    public enum Mistake
    {
        None,
        SkippedFlush,
        RecordBeforeItsBlock,
        CachedRecord,
        BlockReusedEarly,
    }

    [Fact]
    public void Right_protocol_survives_every_cut() => FindViolation(Mistake.None).ShouldBeNull();

    [Theory]
    [InlineData(Mistake.SkippedFlush)]
    [InlineData(Mistake.RecordBeforeItsBlock)]
    [InlineData(Mistake.CachedRecord)]
    [InlineData(Mistake.BlockReusedEarly)]
    public void Mistake_is_found(Mistake mistake) => FindViolation(mistake).ShouldNotBeNull();

    private static PowerCut? FindViolation(Mistake mistake)
    {
        List<int> promises = [];
        DiskTrace trace = SimulatedDisk.Record(new SimulatedDiskOptions { LengthBytes = 1024 * 1024, Seed = 11 }, medium =>
        {
            medium.Write(0, new byte[Blocks * Sector], WriteMode.Durable);
            for (int i = 0; i < Blocks; i++)
            {
                Append(medium, i, mistake);
                promises.Add(medium.Disk.Trace.Count);
            }
        });

        foreach (PowerCut cut in trace.PickCuts(Cuts, seed: 17))
        {
            if (Recovered(trace.ImageAfterCut(cut)) < promises.Count(count => count <= cut.Operation))
            {
                return cut;
            }
        }

        return null;
    }

    /// <summary>A block filled with its number, durable before the record that names it.</summary>
    private static void Append(SimulatedMedium medium, int number, Mistake mistake)
    {
        byte[] record = new byte[Sector];
        BinaryPrimitives.WriteInt32LittleEndian(record, number + 1);
        WriteMode recordMode = mistake == Mistake.CachedRecord ? WriteMode.Cached : WriteMode.Durable;
        if (mistake == Mistake.RecordBeforeItsBlock)
        {
            medium.Write(number * Sector, record, recordMode);
        }

        int place = mistake == Mistake.BlockReusedEarly && number == Blocks - 1 ? 0 : number;
        byte[] block = new byte[Page];
        block.AsSpan().Fill((byte)(number + 1));
        medium.Write(FirstBlock + (place * Page), block, WriteMode.Direct);
        if (mistake != Mistake.SkippedFlush)
        {
            medium.Flush();
        }

        if (mistake != Mistake.RecordBeforeItsBlock)
        {
            medium.Write(number * Sector, record, recordMode);
        }
    }

    /// <summary>How many records from the first on are there with their blocks; a record whose block is not there ends it.</summary>
    private static int Recovered(DiskImage image)
    {
        byte[] record = new byte[Sector];
        byte[] block = new byte[Page];
        for (int number = 0; number < Blocks; number++)
        {
            image.Read(number * Sector, record);
            if (BinaryPrimitives.ReadInt32LittleEndian(record) != number + 1)
            {
                return number;
            }

            image.Read(FirstBlock + (number * Page), block);
            if (block.AsSpan().IndexOfAnyExcept((byte)(number + 1)) >= 0)
            {
                // The record promises a block that is not there: worse than either missing.
                return -1;
            }
        }

        return Blocks;
    }
}
