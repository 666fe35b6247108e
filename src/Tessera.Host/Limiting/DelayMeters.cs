using Tessera.Core;

namespace Tessera.Host.Limiting;

/// <summary>Counts the requests that a limit made wait, and their time.</summary>
internal sealed class DelayMeters
{
    private static readonly RequestClass[] Classes = Enum.GetValues<RequestClass>();

    private readonly StripedCounter[] counts = [.. Classes.Select(_ => new StripedCounter())];
    private readonly StripedCounter[] ticks = [.. Classes.Select(_ => new StripedCounter())];

    public void Record(RequestClass kind, TimeSpan delay)
    {
        counts[(int)kind].Increment();
        ticks[(int)kind].Add(delay.Ticks);
    }

    /// <summary>For each class how many waited, and how long together.</summary>
    public IEnumerable<(RequestClass Class, long Count, TimeSpan Time)> Read() =>
        Classes.Select(kind => (kind, counts[(int)kind].Value, TimeSpan.FromTicks(ticks[(int)kind].Value)));
}
