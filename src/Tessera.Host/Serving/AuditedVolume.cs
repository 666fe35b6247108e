using Tessera.Core.FileSystem;
using Tessera.Host.Auditing;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>A volume, and how it is used.</summary>
/// <param name="Volume">The engine.</param>
/// <param name="Files">What of it is mounted: all, or one file.</param>
/// <param name="Audit">What records of its use are written to; null: none are.</param>
internal sealed record AuditedVolume(Volume Volume, IFileSystem Files, VolumeAudit? Audit);
