using Tessera.Host.Checking;

namespace Tessera.Host.Backups;

/// <summary>A volume that was restored, and what checking all of it said.</summary>
internal sealed record RestoreFacts(ulong Generation, int Files, FsckFacts Check);
