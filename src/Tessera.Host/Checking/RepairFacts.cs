using System.Globalization;
using Tessera.Container.Repairing;
using Tessera.Volumes.Repairing;

namespace Tessera.Host.Checking;

/// <summary>What a repair found, mended and had to give up, for people and programs.</summary>
/// <param name="Found">Damage of the container, as it was before.</param>
/// <param name="Losses">What is gone, or not as it was; nothing else is.</param>
/// <param name="Mended">Records that were put right.</param>
/// <param name="LastCommit">The last commit that is there.</param>
/// <param name="LostCommits">Commits behind a hole of the log that are gone, at least.</param>
/// <param name="UnusableGeneration">A newer state that could not be used; 0 when there was none.</param>
internal sealed record RepairFacts(
    FsckFinding[] Found, VolumeLoss[] Losses, long Mended, ulong LastCommit, ulong LostCommits, ulong UnusableGeneration)
{
    public static RepairFacts Of(SalvageReport container, VolumeRepairReport volume) => new(
        [.. container.Findings.Select(FsckFinding.Of)],
        [.. volume.Losses],
        volume.Mended,
        container.LastSequence,
        container.LostCommits,
        container.UnusableGeneration);

    public IEnumerable<string> Lines()
    {
        foreach (FsckFinding found in Found)
        {
            yield return $"found: {found.Code}: {found.What}";
        }

        if (UnusableGeneration > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"lost: what was done since the state before generation {UnusableGeneration}, which cannot be used.");
        }

        if (LostCommits > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"lost: the newest operations, {LostCommits} commits at least; the volume is as it was after commit {LastCommit}.");
        }

        foreach (VolumeLoss loss in Losses)
        {
            yield return $"lost: {loss.Code}: {(loss.Path is { } path ? $"{path}: " : string.Empty)}{loss.What}";
        }

        yield return string.Create(CultureInfo.InvariantCulture, $"repaired: {Mended} records put right, {Losses.Length} losses.");
    }
}
