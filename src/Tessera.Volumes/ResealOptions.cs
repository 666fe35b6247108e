namespace Tessera.Volumes;

/// <summary>How contents are sealed anew.</summary>
public sealed record ResealOptions
{
    /// <summary>Told how many bytes of contents were looked at so far.</summary>
    public Action<long> Progress { get; init; } = static _ => { };

    /// <summary>Awaited after each step, with no lock held, and told what it cost, bytes: who is to be slow waits here.</summary>
    public Func<long, ValueTask> Pace { get; init; } = static _ => default;

    /// <summary>Ends it; the next attempt goes on.</summary>
    public CancellationToken Cancellation { get; init; }
}
