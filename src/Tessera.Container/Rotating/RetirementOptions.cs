using Tessera.Container.Checking;

namespace Tessera.Container.Rotating;

/// <summary>How an older key is given up.</summary>
public sealed record RetirementOptions
{
    /// <summary>Which entries refer to blocks.</summary>
    public required BlockOwner Blocks { get; init; }

    /// <summary>Told now and then how much of the tree is done, 0 to 1; what it throws ends the work, which the next attempt goes on with.</summary>
    public Action<double> Progress { get; init; } = static _ => { };

    public CancellationToken Cancellation { get; init; }
}
