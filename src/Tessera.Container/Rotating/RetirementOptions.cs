using Tessera.Container.Checking;

namespace Tessera.Container.Rotating;

/// <summary>How an older key is given up.</summary>
public sealed record RetirementOptions
{
    /// <summary>Ways that one checkpoint writes anew at most where nobody waits: some 28 MiB of leaves, both copies.</summary>
    public const int ManyWays = 512;

    /// <summary>The same beside programs: no checkpoint is much longer for it.</summary>
    public const int FewWays = 64;

    /// <summary>Which entries refer to blocks.</summary>
    public required BlockOwner Blocks { get; init; }

    /// <summary>Told now and then how much of the tree is done, 0 to 1; what it throws ends the work, which the next attempt goes on with.</summary>
    public Action<double> Progress { get; init; } = static _ => { };

    /// <summary>Called after each step, with no lock held, and told what it cost, bytes: who is to be slow waits here.</summary>
    public Action<long> Pace { get; init; } = static _ => { };

    /// <summary>Ways of the tree that one checkpoint writes anew at most.</summary>
    public int MostWays { get; init; } = ManyWays;

    /// <summary>What is kept back for deletes and checkpoints is not used: others need it.</summary>
    public bool KeepsReserve { get; init; }

    public CancellationToken Cancellation { get; init; }
}
