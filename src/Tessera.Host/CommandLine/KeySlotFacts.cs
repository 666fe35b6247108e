using System.Text.Json;
using Tessera.Crypto;

namespace Tessera.Host.CommandLine;

/// <summary>One key slot, as "key list --json" prints it.</summary>
internal sealed record KeySlotFacts(int Slot, string Kind, string Mode, string Name, DateTimeOffset Created, int? MemoryKib, int? Passes, int? Lanes, bool? Pin, bool? Touch)
{
    public static KeySlotFacts Of(KeySlotInfo slot) => new(
        slot.Slot,
        JsonNamingPolicy.KebabCaseLower.ConvertName(slot.Kind.ToString()),
        KeyModeOption.NameOf(slot),
        slot.Name,
        slot.Created,
        slot.Argon2?.MemoryKiB,
        slot.Argon2?.Passes,
        slot.Argon2?.Lanes,
        slot.Fido2?.NeedsPin,
        slot.Fido2?.NeedsTouch);
}
