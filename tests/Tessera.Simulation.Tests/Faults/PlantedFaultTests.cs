using Tessera.Container.Media;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>The campaign finds a store that does not take faults seriously: each of these by the first few calls that fail.</summary>
[Trait("Campaign", "fault")]
public sealed class PlantedFaultTests(ITestOutputHelper output)
{
    private const int MostTried = 20;

    private static readonly Dictionary<string, (DiskOperations Kind, Func<IMedium, IMedium> Plant)> s_planted = new(StringComparer.Ordinal)
    {
        ["a failed flush is swallowed"] = (DiskOperations.Flush, static medium => new SwallowedFault(medium, flush: true)),
        ["a failed flush is tried again"] = (DiskOperations.Flush, static medium => new RetriedFlush(medium)),
        ["a failed write is swallowed"] = (DiskOperations.DirectWrite, static medium => new SwallowedFault(medium, flush: false)),
    };

    public static TheoryData<string> Bugs => [.. s_planted.Keys];

    [Theory]
    [MemberData(nameof(Bugs))]
    public async Task Planted_bug_is_caught(string bug)
    {
        (DiskOperations kind, Func<IMedium, IMedium> plant) = s_planted[bug];
        for (int nth = 1; nth <= MostTried; nth++)
        {
            var run = new FaultedVolume(AgedContainer.Kinds[0], plant);
            await run.PrepareAsync();
            run.Disk.Faults.Fail(kind, nth);
            try
            {
                await run.RunAsync();
                await run.JudgeAsync($"{kind} {nth} fails");
            }
            catch (SimulationFailureException caught)
            {
                output.WriteLine(caught.Message);
                return;
            }
        }

        Assert.Fail($"Through {MostTried} faults it went unnoticed that {bug}.");
    }

    private sealed class SwallowedFault(IMedium inner, bool flush) : MediumDecorator(inner)
    {
        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            try
            {
                base.Write(offset, data, mode);
            }
            catch (MediumException) when (!flush)
            {
                // Here is the bug.
            }
        }

        public override void Flush()
        {
            try
            {
                base.Flush();
            }
            catch (MediumException) when (flush)
            {
                // Here is the bug.
            }
        }
    }

    /// <summary>The second flush succeeds, as it does on Linux, and has not written what the first one lost (fsync(2)).</summary>
    private sealed class RetriedFlush(IMedium inner) : MediumDecorator(inner)
    {
        public override void Flush()
        {
            try
            {
                base.Flush();
            }
            catch (MediumException)
            {
                base.Flush();
            }
        }
    }
}
