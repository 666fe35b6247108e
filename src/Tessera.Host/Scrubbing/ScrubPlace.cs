using System.Globalization;
using Tessera.Container.Checking;
using Tessera.Container.Scrubbing;

namespace Tessera.Host.Scrubbing;

/// <summary>A damaged place, as <c>fsck</c> names it.</summary>
internal sealed record ScrubPlace(string Code, string Severity, string What, string? Address, bool Healed)
{
    public static ScrubPlace Of(ScrubFinding found) => new(
        found.Finding.Kind.ToString(),
        found.Finding.Severity.ToString(),
        found.Finding.What,
        found.Finding.Address?.ToString("x", CultureInfo.InvariantCulture),
        found.Healed);

    /// <summary>A copy of the key slots, which are no part of the container's own format.</summary>
    public static ScrubPlace KeySlots(bool isHealed) => new(
        "KeySlotsCopyDamaged", nameof(FindingSeverity.Repairable), "One copy of the key slots is damaged, or older than the other.", Address: null, isHealed);
}
