namespace Tessera.Fuse.Tests;

public sealed class LookupCountsTests
{
    private const int Seed = 20261121;

    [Fact]
    public void Random_adds_and_removes_agree_with_a_model()
    {
        var random = new Random(Seed);
        var counts = new LookupCounts();
        var model = new Dictionary<ulong, ulong>();
        for (var step = 0; step < 100_000; step++)
        {
            var node = (ulong)random.Next(1, 200);
            var held = model.GetValueOrDefault(node);
            if (random.Next(2) == 0)
            {
                counts.Add(node);
                model[node] = held + 1;
            }
            else
            {
                var dropped = (ulong)random.Next(1, 4);
                var last = held > 0 && held <= dropped;
                counts.Remove(node, dropped).ShouldBe(last, $"seed {Seed}, step {step}");
                model[node] = held > dropped ? held - dropped : 0;
            }

            counts.Of(node).ShouldBe(model[node]);
        }

        counts.Count.ShouldBe(model.Count(static pair => pair.Value > 0));
    }

    /// <summary>Few references and many, neighbours and far apart.</summary>
    [Fact]
    public void All_nodes_that_are_held_are_told_once()
    {
        var counts = new LookupCounts();
        ulong[] held = [1, 2, 9, 1000, 1001, 1UL << 40, ulong.MaxValue - 3];
        foreach (var node in held)
        {
            for (var i = 0; i < (node == 9 ? 1000 : 2); i++)
                counts.Add(node);
        }

        counts.Add(77);
        counts.Remove(77, 1);

        counts.Nodes().Order().ShouldBe(held);
    }

    [Fact]
    public async Task Concurrent_lookups_and_forgets_neither_leak_nor_free_early()
    {
        const int Nodes = 8;
        const int Rounds = 50_000;
        var counts = new LookupCounts();
        var alive = new int[Nodes];
        var faults = 0;

        // Each thread finds a node (making it if it is gone), as a lookup would, and later forgets it. The node's lock makes find-and-
        // count one step.
        var locks = Enumerable.Range(0, Nodes).Select(static _ => new Lock()).ToArray();
        await Task.WhenAll(Enumerable.Range(0, 4).Select(worker => Task.Run(() =>
        {
            var random = new Random(Seed + worker);
            for (var round = 0; round < Rounds; round++)
            {
                var node = random.Next(Nodes);
                lock (locks[node])
                {
                    alive[node] = 1;
                    counts.Add((ulong)node);
                }

                if (Volatile.Read(ref alive[node]) == 0)
                    Interlocked.Increment(ref faults);

                lock (locks[node])
                    counts.Remove((ulong)node, 1, alive, static (id, nodes) => nodes[id] = 0);
            }
        })));

        faults.ShouldBe(0, "a node was freed while a lookup was counted");
        counts.Count.ShouldBe(0);
        alive.ShouldAllBe(static value => value == 0);
    }
}
