namespace Tessera.Host.Opening;

/// <summary>Which volume a command opens, and how.</summary>
/// <param name="Path">Where it is.</param>
/// <param name="ReadOnly">Nothing is written to it.</param>
/// <param name="Rollback">What is done when it is older than it was here.</param>
internal sealed record VolumeOpening(string Path, bool ReadOnly, RollbackPolicy Rollback);
