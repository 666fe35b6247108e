namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What may be going on in an interval. All take as many slots of data.</summary>
/// <param name="Name">For messages.</param>
/// <param name="WorkAsync">Does it.</param>
/// <param name="AfterAsync">Puts back what it changed, unseen.</param>
internal sealed record Activity(string Name, Func<WatchedVolume, ValueTask> WorkAsync, Func<WatchedVolume, ValueTask> AfterAsync)
{
    /// <summary>Bytes that each of them writes.</summary>
    public const int Bytes = 256 << 10;

    /// <summary>Too long to be kept inline.</summary>
    private const int SmallFile = 8192;

    public static Activity OverwritesLarge { get; } = new("a large file written over", volume => volume.WriteAsync("large", Bytes), _ => default);

    public static Activity WritesManySmall { get; } = new(
        "many small files written over",
        async volume =>
        {
            for (int i = 0; i < Bytes / SmallFile; i++)
            {
                await volume.WriteAsync($"small {i}", SmallFile);
            }
        },
        _ => default);

    public static Activity MakesLarge { get; } = new("a large file made", volume => volume.WriteAsync("made", Bytes), volume => volume.RemoveAsync("made"));

    /// <summary>What is to be told apart.</summary>
    public static IReadOnlyList<(Activity First, Activity Second)> Pairs { get; } = [(OverwritesLarge, WritesManySmall), (OverwritesLarge, MakesLarge)];
}
