using Tessera.Container.Checking;

namespace Tessera.Container.Scrubbing;

/// <summary>A damaged place.</summary>
/// <param name="Finding">What and where.</param>
/// <param name="Healed">It was written anew from what is whole, and read back.</param>
public sealed record ScrubFinding(Finding Finding, bool Healed);
