using Tessera.Core.FileSystem;

namespace Tessera.Wire.Exporting;

/// <summary>Whose a lock is.</summary>
/// <param name="Session">The session.</param>
/// <param name="Owner">Which of those at its other end.</param>
internal readonly record struct LockHolder(Exporter Session, LockOwner Owner);
