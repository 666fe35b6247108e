using Tessera.Host.Auditing;

namespace Tessera.Server;

/// <summary>Writes down which clients come and go. Those that are sent away are strangers: so many a second have a line, the others are counted.</summary>
internal sealed class SessionAudit(AuditJournal journal, TimeProvider time)
{
    private readonly Lock gate = new();
    private long second;
    private int written;
    private long unwritten;

    public AuditJournal Journal { get; } = journal;

    /// <summary>A session began, or went on over another connection.</summary>
    public ValueTask<bool> ConnectedAsync(ServedSession session, string? client, bool resumed) =>
        Journal.WriteAsync(Of(resumed ? "resume" : "connect", session) with { Token = session.Grant.Id, Client = client });

    /// <summary>A client got a certificate.</summary>
    /// <param name="operation">"enrol", or "renew".</param>
    /// <param name="token">The id of the token that it is known by.</param>
    /// <param name="client">Its address.</param>
    public ValueTask<bool> EnrolledAsync(string operation, string token, string? client) => Journal.WriteAsync(new AuditRecord(operation) { Token = token, Client = client });

    public ValueTask<bool> EndedAsync(ServedSession session, string reason) => Journal.WriteAsync(Of("end", session) with { Token = session.Grant.Id, Reason = reason });

    /// <param name="workspace">The name that was asked for; null: none that may be one.</param>
    /// <param name="token">The id of the token that was shown; null: none that is accepted.</param>
    /// <param name="client">Its address.</param>
    /// <param name="reason">Why.</param>
    public async ValueTask RefusedAsync(string? workspace, string? token, string? client, string reason)
    {
        if (!Journal.IsFailing && MayWrite(out long more))
        {
            _ = await Journal.WriteAsync(new AuditRecord("refuse") { Workspace = workspace, Token = token, Client = client, Reason = reason, Unwritten = more });
        }
    }

    private static AuditRecord Of(string operation, ServedSession session) =>
        new(operation) { Workspace = session.Name, Session = session.Key.ToString(), Detail = session.Detail };

    private bool MayWrite(out long more)
    {
        lock (gate)
        {
            long now = time.GetUtcNow().ToUnixTimeSeconds();
            written = now == second ? written : 0;
            second = now;
            bool may = written < AuditLimits.MaxRefusals;
            more = may ? unwritten : 0;
            (written, unwritten) = may ? (written + 1, 0) : (written, unwritten + 1);
            return may;
        }
    }
}
