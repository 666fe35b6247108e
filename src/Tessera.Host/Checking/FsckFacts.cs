using Tessera.Container.Checking;
using Tessera.Volumes.Checking;

namespace Tessera.Host.Checking;

/// <summary>What fsck found, for people and programs.</summary>
internal sealed record FsckFacts(
    string Volume,
    bool Clean,
    bool DataLost,
    ulong Generation,
    long Nodes,
    long Blocks,
    long UsedSlots,
    long Inodes,
    long Entries,
    long Extents,
    FsckFinding[] Findings,
    long MoreFindings)
{
    /// <summary>What a repair did; null when none was asked for.</summary>
    public RepairFacts? Repair { get; init; }

    public static FsckFacts Of(string volume, CheckReport container, VolumeCheckReport? logic) => new(
        volume,
        container.IsClean && logic is { IsClean: true },
        container.IsDataLost || logic is { IsDataLost: true },
        container.Generation,
        container.Nodes,
        container.Blocks,
        container.UsedSlots,
        logic?.Inodes ?? 0,
        logic?.Entries ?? 0,
        logic?.Extents ?? 0,
        [.. container.Findings.Select(FsckFinding.Of), .. logic?.Findings.Select(FsckFinding.Of) ?? []],
        container.MoreFindings + (logic?.MoreFindings ?? 0));
}

/// <summary>One finding, whichever layer it is of.</summary>
internal sealed record FsckFinding(string Code, string Severity, string What, string? Address, string? Key, ulong? Ino, string? Path)
{
    public static FsckFinding Of(Finding finding) => new(
        finding.Kind.ToString(), finding.Severity.ToString(), finding.What, finding.Address?.ToString("x", System.Globalization.CultureInfo.InvariantCulture), finding.Key, Ino: null, Path: null);

    public static FsckFinding Of(VolumeFinding finding) => new(finding.Code, finding.Severity.ToString(), $"{finding.What} {finding.Meaning}", Address: null, Key: null, finding.Ino == 0 ? null : finding.Ino, finding.Path);
}
