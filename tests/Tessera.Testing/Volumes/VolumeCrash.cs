using Tessera.Testing.Containers;
using Tessera.Testing.Models;

namespace Tessera.Testing.Volumes;

/// <summary>What a crash may leave, by the history of what was done before it.</summary>
/// <param name="Least">The earliest operation whose state keeps every promise.</param>
/// <param name="Most">The last operation that had begun.</param>
/// <param name="DiskOperation">The operation of the disk during which the power went.</param>
public readonly record struct VolumeCrash(int Least, int Most, int DiskOperation)
{
    /// <summary>What was found is the state after some operation: none that was promised is missing, none is there without all before it.</summary>
    /// <returns>A reference that begins with what was found.</returns>
    /// <exception cref="SimulationFailureException">It is not.</exception>
    public ReferenceFileSystem Match(SimulatedVolume mounted, ReferenceHistory history)
    {
        int[] candidates = history.OperationsAt(mounted.FoundSequence, Most);
        List<string> mismatches = [];
        foreach (int operation in candidates)
        {
            try
            {
                bool isInterrupted = operation != candidates[0];
                var verifier = new VolumeVerifier(mounted.Volume, operation, DiskOperation)
                {
                    IsInterrupted = isInterrupted,
                    IsFollowedByPart = isInterrupted && history.TakesSteps(candidates[0]),
                };
                ReferenceFileSystem found = verifier.Verify(history.FileSystem);
                return operation >= Least ? found : throw new SimulationFailureException($"it is the state after {history.NameOf(operation)}");
            }
            catch (SimulationFailureException failure)
            {
                mismatches.Add(failure.Message);
            }
        }

        string where = string.Join(" or ", candidates.Select(history.NameOf));
        throw new SimulationFailureException(
            $"Commit {mounted.FoundSequence} is the last, after operation {where}; {Least} was promised, {Most} begun: {string.Join(" Or: ", mismatches)}");
    }
}
