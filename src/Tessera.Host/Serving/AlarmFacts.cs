namespace Tessera.Host.Serving;

/// <summary>The alarms of a mounted volume.</summary>
/// <param name="Action">What becomes of the mount: warn, throttle or lock.</param>
/// <param name="Raised">How many there were since it was mounted.</param>
/// <param name="Locked">Nothing is opened, read or changed any more.</param>
/// <param name="Latest">The last one, in words; null: there was none.</param>
internal sealed record AlarmFacts(string Action, long Raised, bool Locked, string? Latest);
