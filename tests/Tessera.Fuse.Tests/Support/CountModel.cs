namespace Tessera.Fuse.Tests.Support;

/// <summary>Random counts put into a table, beside a dictionary that must agree.</summary>
internal static class CountModel
{
    private const int Seed = 42;
    private const int Steps = 200_000;

    /// <param name="range">Ids are at most so large.</param>
    /// <param name="limits">Counts at which the table keeps them in another way: those around each are tried.</param>
    /// <param name="get">The table's count of an id.</param>
    /// <param name="set">Sets it.</param>
    /// <returns>How many ids have a count.</returns>
    public static int Run(ulong range, ulong[] limits, Func<ulong, ulong> get, Action<ulong, ulong> set)
    {
        var random = new Random(Seed);
        var model = new Dictionary<ulong, ulong>();
        for (var step = 0; step < Steps; step++)
        {
            var id = 1 + ((ulong)random.NextInt64() % range);
            var value = random.Next(4) switch
            {
                0 or 1 => 0UL,
                2 => (ulong)random.Next(1, 5),
                _ => limits[random.Next(limits.Length)] - 5 + (ulong)random.Next(10),
            };
            set(id, value);
            if (value == 0)
                model.Remove(id);
            else
                model[id] = value;
            get(id).ShouldBe(value, $"seed {Seed}, step {step}");
        }

        foreach (var (id, value) in model)
            get(id).ShouldBe(value, $"seed {Seed}");
        return model.Count;
    }
}
