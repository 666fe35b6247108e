using System.Globalization;
using Tessera.Container.Scrubbing;
using Tessera.Host.Checking;
using Tessera.Host.CommandLine;
using Tessera.Volumes.Damage;

namespace Tessera.Host.Scrubbing;

/// <summary>What a scrub read, found and healed, for people and programs.</summary>
/// <param name="Clean">Nothing is damaged any more, as far as was read.</param>
/// <param name="Complete">Everything was read.</param>
/// <param name="DataLost">Something cannot be read and could not be healed.</param>
internal sealed record ScrubFacts(
    bool Clean,
    bool Complete,
    bool DataLost,
    long Bytes,
    long ExpectedBytes,
    long Nodes,
    long Blocks,
    double Seconds,
    ScrubPlace[] Damaged,
    long MoreDamaged,
    LostRange[] Lost)
{
    /// <summary>Slots that were damaged or lost and were made anew out of the parity of their stripes.</summary>
    public long MendedSlots { get; init; }

    /// <summary>Operation of the control socket; the argument is the rate, bytes a second.</summary>
    public const string Operation = "scrub";

    public static ScrubFacts Of(ScrubReport report, IEnumerable<ScrubPlace> more, IReadOnlyList<LostRange> lost, TimeSpan took)
    {
        ScrubPlace[] places = [.. report.Findings.Select(ScrubPlace.Of), .. more];
        return new ScrubFacts(
            report.MoreFindings == 0 && places.All(place => place.Healed),
            report.IsComplete,
            places.Any(place => !place.Healed && place.Severity == nameof(Container.Checking.FindingSeverity.DataLost)),
            report.Bytes,
            report.ExpectedBytes,
            report.Nodes,
            report.Blocks,
            took.TotalSeconds,
            places,
            report.MoreFindings,
            [.. lost])
        {
            MendedSlots = report.MendedSlots,
        };
    }

    public IEnumerable<string> Lines()
    {
        foreach (ScrubPlace place in Damaged)
        {
            yield return $"{(place.Healed ? "healed" : place.Severity)}: {place.Code}: {place.What}{(place.Address is { } address ? $" (address {address})" : string.Empty)}";
        }

        if (MoreDamaged > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"… and {MoreDamaged} more.");
        }

        if (MendedSlots > 0)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"healed: {MendedSlots} slots were damaged or lost, and are made anew out of parity.");
        }

        foreach (LostRange range in Lost)
        {
            yield return string.Create(CultureInfo.InvariantCulture, $"lost: {range.Path ?? $"inode {range.Ino}"}: bytes {range.Start} to {range.End - 1} cannot be read.");
        }

        string read = $"{ByteSize.Format((ulong)Bytes)} read ({Nodes} nodes, {Blocks} blocks)";
        string far = Complete ? read : $"stopped after {read} of {ByteSize.Format((ulong)ExpectedBytes)}";
        yield return $"{far}: {Verdict()}";
    }

    private string Verdict()
    {
        int healed = Damaged.Count(place => place.Healed);
        return Damaged.Length == 0 ? MendedSlots == 0 ? "nothing is damaged." : "nothing is damaged any more."
            : Clean ? string.Create(CultureInfo.InvariantCulture, $"{healed} damaged copies, all healed.")
            : string.Create(CultureInfo.InvariantCulture, $"DAMAGED in {Damaged.Length - healed + MoreDamaged} places ({healed} healed). Restore what is lost from a backup.");
    }
}
