using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Auditing;

/// <summary>The records of one session of one workspace, or of one mount of a volume.</summary>
/// <param name="Sink">Where they go.</param>
/// <param name="Workspace">The workspace's name; null: it is a volume.</param>
/// <param name="Session">What names the session; no secret.</param>
/// <param name="Names">Tells the paths of inodes.</param>
internal sealed record AuditTrail(IAuditSink Sink, string? Workspace, string? Session, KnownNames Names)
{
    /// <summary>A line that cannot be written would be for this: then it is not to be done.</summary>
    public bool IsRefusing => Sink.IsRefusing;

    public AuditRecord Begin(string operation, in Caller caller, byte[]? path) =>
        new(operation) { Workspace = Workspace, Session = Session, Caller = caller with { Groups = default, Cancellation = default }, Path = path };

    /// <summary>Writes the line.</summary>
    /// <returns>What the program is to be told: EIO where there is no line.</returns>
    public async ValueTask<FsError> EndAsync(AuditRecord record, FsError result) =>
        await Sink.WriteAsync(record with { Result = result }).ConfigureAwait(false) ? result : FsError.IO;
}
