namespace Tessera.Content.Tests;

public sealed class DirtyMapTests
{
    private const int Size = 300;

    [Theory]
    [InlineData(1)]
    [InlineData(2)]
    [InlineData(3)]
    public void Random_inserts_and_clears_agree_with_an_array_of_bytes(int seed)
    {
        Random random = new(seed);
        DirtyMemory memory = new(new BufferPool(), ContentLimits.MinDirtyBytes);
        DirtyMap map = new(memory);
        (Segment? Segment, int Position)[] model = new (Segment?, int)[Size];
        Segment[] segments = [.. Enumerable.Range(0, 4).Select(_ => new Segment(new byte[1]))];
        for (int step = 0; step < 20_000; step++)
        {
            int start = random.Next(Size);
            int end = random.Next(start + 1, Math.Min(Size, start + 40) + 1);
            if (random.Next(4) == 0)
            {
                map.Clear(start, end);
                Array.Fill(model, (null, 0), start, end - start);
            }
            else
            {
                Segment segment = segments[random.Next(4)];
                int position = random.Next(3) == 0 ? start : random.Next(1000);
                map.Insert(new DirtyRange(start, end, segment, position));
                for (int i = start; i < end; i++)
                {
                    model[i] = (segment, position + i - start);
                }
            }

            ShouldAgree(map, model);
            memory.Ranges.ShouldBe(map.Count);
        }
    }

    [Fact]
    public void Neighbours_in_file_and_segment_become_one_range()
    {
        DirtyMap map = new(new DirtyMemory(new BufferPool(), ContentLimits.MinDirtyBytes));
        Segment segment = new(new byte[1]);
        for (int i = 0; i < 1000; i++)
        {
            map.Insert(new DirtyRange(i * 10, (i + 1) * 10, segment, i * 10));
        }

        map.Count.ShouldBe(1);
        map.Bytes.ShouldBe(10_000);
    }

    private static void ShouldAgree(DirtyMap map, (Segment? Segment, int Position)[] model)
    {
        map.Bytes.ShouldBe(model.Count(place => place.Segment is not null));
        long before = 0;
        for (int i = 0; i < map.Count; i++)
        {
            map[i].Start.ShouldBeGreaterThanOrEqualTo(before);
            before = map[i].End;
        }

        for (int offset = 0; offset < model.Length; offset++)
        {
            int at = map.Find(offset);
            bool covered = at < map.Count && map[at].Start <= offset;
            covered.ShouldBe(model[offset].Segment is not null);
            if (covered)
            {
                (map[at].Segment, map[at].Position + (int)(offset - map[at].Start)).ShouldBe((model[offset].Segment!, model[offset].Position));
            }
        }
    }
}
