using Tessera.Host.Auditing;
using Tessera.Volumes;

namespace Tessera.Host.Serving;

/// <summary>A volume, and what records of its use are written to; null: none are.</summary>
internal sealed record AuditedVolume(Volume Volume, VolumeAudit? Audit);
