using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;

namespace Tessera.Server;

/// <summary>The sessions of all clients, those that share and those that mount.</summary>
/// <param name="workspaces">Of those that share; null: nobody may.</param>
/// <param name="exports">Of those that mount.</param>
internal sealed class LiveSessions(WorkspaceTable? workspaces, ExportTable exports)
{
    private IEnumerable<ServedSession> All => [.. workspaces?.All ?? [], .. exports.Sessions];

    /// <summary>Why no further client could be served; null: it could.</summary>
    public string? Obstacle => workspaces?.Obstacle ?? exports.Obstacle;

    /// <summary>Ends, until it is told to stop, the sessions whose tokens are accepted no more.</summary>
    public async Task WatchAsync(TokenAuthority tokens, CancellationToken cancellation)
    {
        using var timer = new PeriodicTimer(ServerLimits.TokensReadEvery);
        try
        {
            while (await timer.WaitForNextTickAsync(cancellation))
            {
                tokens.Refresh();
                foreach (ServedSession session in All)
                {
                    if (tokens.WhyNot(session.Grant) is { } reason)
                    {
                        _ = session.EndAsync(new Farewell(FarewellReason.Token, reason));
                    }
                }
            }
        }
        catch (OperationCanceledException)
        {
            // The server ends, and the sessions with it.
        }
    }

    /// <summary>A client has another certificate: its sessions go on until that expires.</summary>
    public void Extend(string token, DateTimeOffset expires)
    {
        foreach (ServedSession session in All.Where(session => session.Grant.Id == token))
        {
            session.Extend(expires);
        }
    }

    public Task EndAllAsync() => Task.WhenAll(workspaces?.EndAllAsync() ?? Task.CompletedTask, exports.EndAllAsync());
}
